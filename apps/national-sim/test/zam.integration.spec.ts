import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildZam, readAck } from '@pfi/hl7v2';
import type { ReceivedZam } from '../src/zam/zam-mailbox.js';
import { RunningSimulators } from './running-simulators.js';

describe('simulated return address', () => {
  let sim: RunningSimulators;
  beforeAll(async () => {
    sim = await RunningSimulators.start();
  });
  afterAll(() => sim.stop());

  /** Sends one MLLP frame in two pieces; resolves with the answer's frame, or null when the connection closes without. */
  function send(message: Buffer): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      const socket = connect(sim.ports.zam, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('error', reject);
      socket.on('close', () => resolve(null));
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        const all = Buffer.concat(chunks);
        if (!all.includes(0x1c)) return;
        resolve(all.subarray(1, all.indexOf(0x1c)));
        socket.destroy();
      });
      const frame = Buffer.concat([Buffer.from([0x0b]), message, Buffer.from([0x1c, 0x0d])]);
      socket.write(frame.subarray(0, 10), () => socket.write(frame.subarray(10)));
    });
  }

  function zam(originalControlId: string): Buffer {
    return buildZam({
      kind: 'Z01',
      to: { application: 'DPI', facility: 'CH' },
      from: { application: 'PFI', facility: 'CH' },
      controlId: randomUUID().slice(0, 20),
      at: new Date(),
      originalControlId,
      positive: false,
      error: { code: 'DMPClosed', label: 'DMP fermé', system: 'DMPERRORCODE' },
    });
  }

  const kept = (id: string) => sim.items<ReceivedZam>(`/zam?originalControlId=${id}`);

  it('answers AA, keeps the message and still has it after a restart', async () => {
    const id = randomUUID().slice(0, 20);
    expect(readAck((await send(zam(id))) ?? Buffer.alloc(0))).toMatchObject({ code: 'AA' });
    const expected = [{ kind: 'Z01', positive: false, application: 'DPI', error: { code: 'DMPClosed' } }];
    expect(await kept(id)).toMatchObject(expected);
    await sim.restart();
    expect(await kept(id)).toMatchObject(expected);
  });

  it('refuses, or closes without an answer, when asked for one message', async () => {
    const [refused, cut, other] = Array.from({ length: 3 }, () => randomUUID().slice(0, 20));
    await sim.setFault({ target: 'zam', kind: 'refuse', code: 'PLEIN', match: { originalControlId: refused } });
    await sim.setFault({ target: 'zam', kind: 'down', match: { originalControlId: cut } });
    expect(readAck((await send(zam(refused ?? ''))) ?? Buffer.alloc(0))).toMatchObject({ code: 'AE' });
    expect(await send(zam(cut ?? ''))).toBeNull();
    expect(readAck((await send(zam(other ?? ''))) ?? Buffer.alloc(0))).toMatchObject({ code: 'AA' });
    expect(await kept(refused ?? '')).toEqual([]);
    expect(await kept(cut ?? '')).toEqual([]);
  });

  it('answers AE to what is no ZAM', async () => {
    const answer = await send(Buffer.from('MSH|^~\\&|A|B|C|D|20250101||ADT^A28|1|P|2.5\rPID|1\r'));
    expect(readAck(answer ?? Buffer.alloc(0))).toMatchObject({ code: 'AE' });
  });
});
