import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { adt, mdm, MllpDoors, newPatient } from '@pfi/tools';
import type { SentDocument } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const { simulator } = platform;
const dpi = platform.sender('dpi-pannes');
const gam = platform.sender('gam-pannes');

afterAll(() => platform.close());

/** A sender as hospitals run them: without an answer, or told to wait, the same message goes again. */
async function insist(send: (doors: MllpDoors) => Promise<{ readonly code: string }>): Promise<void> {
  const doors = new MllpDoors(platform.address.ports);
  try {
    await eventually(async () => expect((await send(doors)).code).toBe('AA'), { timeoutMs: 60_000, everyMs: 200 });
  } finally {
    await doors.close();
  }
}

/** A patient and a letter, the INS qualified before or after it. */
async function story(number: number): Promise<SentDocument> {
  const patient = newPatient(dpi.authority);
  const sent = mdm(dpi, patient, number % 2 === 0 ? { insInCda: patient.ins } : {});
  const announce = adt(gam, 'A28', patient, number % 2 === 0 ? 'qualifiee' : 'provisoire');
  await insist((doors) => doors.identity(announce.message));
  await insist((doors) => doors.document(sent.message));
  if (number % 2 === 1) {
    const qualify = adt(gam, 'A31', patient, 'qualifiee');
    await insist((doors) => doors.identity(qualify.message));
  }
  return sent;
}

/** Plays stories at four senders while `disturb` runs, and for as long. */
async function traffic(disturb: () => Promise<void>): Promise<SentDocument[]> {
  let over = false;
  const sent: SentDocument[] = [];
  const application = async (first: number) => {
    for (let number = first; !over || number < first + 8; number += 4) sent.push(await story(number));
  };
  const disturbed = disturb().finally(() => (over = true));
  await Promise.all([disturbed, ...[0, 1, 2, 3].map(application)]);
  return sent;
}

async function expectEachOnce(sent: readonly SentDocument[]): Promise<void> {
  const documents = await eventually(
    async () => {
      const found = await Promise.all(sent.map((one) => platform.documentOf(one)));
      const waiting = found.filter(({ state }) => state !== 'delivered');
      const why = waiting.flatMap(({ state, reasons }) => [state, ...reasons.map(({ code }) => code)]);
      if (waiting.length > 0)
        throw new Error(`${waiting.length} of ${sent.length} are not delivered: ${why.join(' ')}`);
      return found;
    },
    { timeoutMs: 90_000, everyMs: 1_000 },
  );
  expect(new Set(documents.map(({ documentId }) => documentId)).size).toBe(sent.length);
  const entries = await Promise.all(sent.map(({ documentId }) => simulator.entries({ uniqueId: documentId })));
  expect(entries.map((found) => found.length)).toEqual(sent.map(() => 1));
  await eventually(
    async () => {
      const zams = await Promise.all(sent.map(({ controlId }) => simulator.zams({ originalControlId: controlId })));
      expect(zams.filter((found) => found.length === 0)).toHaveLength(0);
      // the same acknowledgement may be repeated when its sender died; it then has the same MSH-10
      expect(zams.map((found) => new Set(found.map(({ controlId }) => controlId)).size)).toEqual(sent.map(() => 1));
    },
    { timeoutMs: 30_000, everyMs: 500 },
  );
}

describe('in the middle of traffic, killed with SIGKILL and restarted', () => {
  it('every service: nothing is lost and each document has one entry', async () => {
    const sent = await traffic(async () => {
      for (const name of ['documents', 'dmp-gateway', 'identity', 'documents', 'dmp-gateway']) {
        await platform.kill(name);
        await platform.whenReady();
      }
    });
    expect(sent.length).toBeGreaterThanOrEqual(8);
    await expectEachOnce(sent);
  }, 240_000);

  it('PostgreSQL and Kafka: nothing is lost and each document has one entry', async () => {
    const sent = await traffic(async () => {
      for (const name of ['kafka', 'postgres']) {
        await platform.kill(name);
        await platform.whenReady();
      }
    });
    await expectEachOnce(sent);
  }, 240_000);
});
