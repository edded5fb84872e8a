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

/** Stories for each sender at most: enough to be in the middle of something at every moment of a restart. */
const STORIES = 25;

/** Plays stories at four senders while `disturb` runs, and one more each once everything is up again. */
async function traffic(disturb: () => Promise<void>): Promise<SentDocument[]> {
  let over = false;
  const sent: SentDocument[] = [];
  const disturbed = disturb().finally(() => (over = true));
  const application = async () => {
    for (let number = 0; number < STORIES && !over; number += 1) sent.push(await story(number));
    await disturbed;
    sent.push(await story(STORIES));
  };
  await Promise.all(Array.from({ length: 4 }, application));
  return sent;
}

async function expectEachOnce(sent: readonly SentDocument[], from: string): Promise<void> {
  const documents = await eventually(
    async () => {
      const found = (await platform.api.documents({ source: 'dpi-pannes', from })).filter(({ controlId }) =>
        sent.some((one) => one.controlId === controlId),
      );
      const waiting = found.filter(({ state }) => state !== 'delivered');
      const why = new Set(waiting.flatMap(({ state, reasons }) => [state, ...reasons.map(({ code }) => code)]));
      if (waiting.length > 0) throw new Error(`${waiting.length} are not delivered: ${[...why].join(' ')}`);
      return found;
    },
    { timeoutMs: 60_000, everyMs: 1_000 },
  );
  const ids = sent.map(({ documentId }) => documentId).sort();
  expect(documents.map(({ documentId }) => documentId).sort()).toEqual(ids);
  const entries = (await simulator.entries()).filter(({ uniqueId }) => ids.includes(uniqueId));
  expect(entries.map(({ uniqueId }) => uniqueId).sort()).toEqual(ids);
  // Never sent twice on a guess: the simulated DMP saw each deposit once, whatever it answered.
  const deposits = await Promise.all(ids.map(async (uniqueId) => operations(uniqueId, 'iti-41')));
  expect(deposits).toEqual(ids.map(() => 1));
  await eventually(
    async () => {
      const zams = await simulator.zams({ application: 'DPI-PANNES' });
      // the same acknowledgement may be repeated when its sender died; it then has the same MSH-10
      const told = sent.map(({ controlId }) => zams.filter(({ originalControlId }) => originalControlId === controlId));
      expect(told.map((of) => new Set(of.map(({ controlId }) => controlId)).size)).toEqual(sent.map(() => 1));
    },
    { timeoutMs: 30_000, everyMs: 1_000 },
  );
}

const operations = async (uniqueId: string, name: string): Promise<number> =>
  (await simulator.requests({ uniqueId })).filter(({ operation }) => operation === name).length;

/** Holds deposits of this legal entity at the DMP until one is under way: what is killed then is killed in the middle. */
async function inFlight(kill: () => Promise<void>): Promise<void> {
  const match = { legalEntity: '990000903', operation: 'iti-41' };
  const slow = await simulator.fault({ target: 'dmp', kind: 'delay', delayMs: 5_000, match });
  await eventually(async () => expect(await simulator.timesApplied(slow)).toBeGreaterThan(0), { everyMs: 50 });
  await kill();
  await simulator.endFault(slow);
}

describe('in the middle of traffic, killed with SIGKILL and restarted', () => {
  it.each([
    ['every service', ['documents', 'dmp-gateway', 'identity']],
    ['PostgreSQL and Kafka', ['postgres', 'kafka']],
  ])(
    '%s: nothing is lost and each document has one entry',
    async (_title, names) => {
      const from = new Date().toISOString();
      const sent = await traffic(async () => {
        await eventually(async () =>
          expect((await platform.api.documents({ source: 'dpi-pannes', from })).length).toBeGreaterThan(4),
        );
        await inFlight(async () => {
          for (const name of names) await platform.kill(name);
        });
        await platform.whenReady();
      });
      expect(sent.length).toBeGreaterThan(8);
      await expectEachOnce(sent, from);
      if (!names.includes('dmp-gateway')) return;
      const lookedUp = await Promise.all(sent.map(({ documentId }) => operations(documentId, 'iti-18')));
      expect(Math.max(...lookedUp)).toBeGreaterThan(0);
    },
    180_000,
  );
});
