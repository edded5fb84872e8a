import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, tcpPeer, testAuthority } from '@pfi/platform-testing';
import type { TcpPeer } from '@pfi/platform-testing';
import { mdm, newPatient } from '@pfi/tools';
import { connect } from 'node:tls';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const dpi = platform.sender('dpi-a');
const framed = (text: string): string => `\u000b${text}\u001c\r`;
let peer: TcpPeer;

beforeAll(async () => {
  peer = await tcpPeer(platform.address.ports.documentsMllp);
});
afterAll(() => platform.close());

async function open(): Promise<TcpPeer> {
  return tcpPeer(platform.address.ports.documentsMllp);
}

async function expectKept(code: string, began: number): Promise<void> {
  await eventually(async () => {
    const rejects = await platform.api.rejects('documents', { limit: '50' });
    expect(rejects.filter(({ receivedAt }) => Date.parse(receivedAt) >= began)).toContainEqual(
      expect.objectContaining({ code }),
    );
  });
}

async function expectOthersServed(): Promise<void> {
  const someone = newPatient(dpi.authority);
  await platform.tellIdentity('gam', 'A28', someone, 'provisoire');
  await platform.send(mdm(dpi, someone));
}

describe('a peer that breaks MLLP', () => {
  it.each([
    ['B-09 bytes before the start block', 'hello\u000bMSH|^~\\&|DPI-A|CHU-BRUME\u001c\r'],
    ['B-09 two start blocks', '\u000bMSH|^~\\&|DPI-A\u000bMSH|^~\\&|DPI-A|CHU-BRUME\u001c\r'],
    ['B-09 binary noise', '\u0000\u0001\u0002\u00fe\u00ff\u0010noise'],
    ['B-05 a start block alone, twice', '\u000b\u000b'],
  ])('%s: the connection is closed without an answer, what came is kept', async (_title, bytes) => {
    const began = Date.now();
    const other = await open();
    other.send(Buffer.from(bytes, 'latin1'));
    await other.closed;
    expect(other.received()).toHaveLength(0);
    await expectKept('MLLP_PROTOCOL', began);
  });

  it('B-09 a TLS hello on the clear port: the connection is closed', async () => {
    const began = Date.now();
    const { cert } = await testAuthority();
    const socket = connect({ host: '127.0.0.1', port: platform.address.ports.documentsMllp, ca: cert });
    const failure = new Promise((resolve) => socket.once('error', resolve));
    expect(await failure).toHaveProperty('code');
    await expectKept('MLLP_PROTOCOL', began);
  });

  it('B-07 a frame over 50 MB: the connection is closed at the limit', async () => {
    const began = Date.now();
    const other = await open();
    const megabyte = Buffer.alloc(1024 * 1024, 'A');
    other.send('\u000bMSH|^~\\&|DPI-A|CHU-BRUME|');
    for (let sent = 0; sent < 52 && !other.socket.destroyed; sent += 1) other.send(megabyte);
    await other.closed;
    expect(other.received()).toHaveLength(0);
    await expectKept('MLLP_FRAME_TOO_LARGE', began);
  });

  it('B-08 thousands of tiny frames at once are each answered, while others are served', async () => {
    const count = 5_000;
    const other = await open();
    other.send(framed('MSH|^~').repeat(count));
    await expectOthersServed();
    await eventually(
      () => {
        const answers = other.received().toString('latin1').split('\u001c\r').length - 1;
        if (!other.socket.destroyed) expect(answers).toBe(count);
      },
      { timeoutMs: 50_000 },
    );
    other.destroy();
  });

  it('does not disturb a connection that was open before', async () => {
    peer.send(framed(mdm(dpi, newPatient(dpi.authority)).message.toString('latin1')));
    await eventually(() => expect(peer.received().toString('latin1')).toContain('MSA|'));
    peer.destroy();
  });
});
