import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { mdm, newPatient, withdrawal, type SyntheticPatient } from '../../demo/player/index.js';
import type { SeededRandom } from '../random.js';
import type { FaultContext, Row } from '../row.js';
import { document, expected, identity, writeStory, type Hospital } from '../traffic/stories.js';
import type { Message, Story } from '../traffic/story.js';

const severalTimes: Row = {
  id: 'T-I1',
  what: 'every message one to five times, on several connections at the same time',
  recoverWithinS: 60,
  copies: (_message, random) => random.between(1, 5),
  disturb: async () => undefined,
};

const sameAs = (patient: SyntheticPatient): SyntheticPatient => {
  const { ipp, visit } = newPatient(patient.authority);
  return { ...patient, ipp, visit };
};

/** Merges told in any order, twice, in a chain; the last word of the source comes last. */
function merges({ gam, dpi }: Hospital, random: SeededRandom): Story {
  const patient = newPatient(gam.authority);
  const [first, second] = [sameAs(patient), sameAs(patient)];
  const sent = mdm(dpi, first);
  const merge = (survivor: SyntheticPatient, retired: SyntheticPatient) =>
    identity(gam, 'A40', survivor, survivor === patient ? 'qualifiee' : 'provisoire', { retired });
  const told: Message[] = [
    identity(gam, 'A28', first, 'provisoire'),
    identity(gam, 'A28', patient, 'qualifiee'),
    document(sent),
    ...(random.next() < 0.5
      ? [merge(second, first), merge(patient, second)]
      : [merge(patient, first), ...(random.next() < 0.5 ? [merge(patient, first)] : [])]),
  ];
  return {
    kind: 'merges',
    messages: [...random.shuffled(told), identity(gam, 'A31', patient, 'qualifiee')],
    documents: [expected(sent, patient)],
    mails: [],
  };
}

const identityOrder: Row = {
  id: 'T-I2',
  what: 'identities and merges in any order: A40 before both, twice, in a chain; never a document under another INS',
  recoverWithinS: 60,
  story: (hospitals, random) => merges(random.pick(hospitals), random),
  disturb: async () => undefined,
};

/** Creation, replacements and withdrawal of one document in any order. */
function versions(hospital: Hospital, random: SeededRandom): Story {
  const { gam, dpi } = hospital;
  const patient = newPatient(gam.authority);
  const first = mdm(dpi, patient);
  const second = mdm(dpi, patient, { replaces: first });
  const third = random.next() < 0.5 ? mdm(dpi, patient, { replaces: second }) : undefined;
  const last = third ?? second;
  const taken = random.next() < 0.5 ? withdrawal(dpi, patient, last, { replaces: third ? second : first }) : undefined;
  const all = [first, second, ...(third ? [third] : [])];
  return {
    kind: 'versions',
    messages: [
      identity(gam, 'A28', patient, 'qualifiee'),
      ...random.shuffled([...all, ...(taken ? [taken] : [])].map(document)),
    ],
    documents: all.map((sent) => expected(sent, patient, sent === last && !taken ? 'visible' : 'gone')),
    mails: [],
  };
}

const versionOrder: Row = {
  id: 'T-I3',
  what: 'a replacement before its creation, a withdrawal before its document: the last intent stands',
  recoverWithinS: 60,
  story: (hospitals, random) => versions(random.pick(hospitals), random),
  disturb: async () => undefined,
};

const MEGABYTE = 1024 * 1024;
const MEMORY_LIMIT = 512 * MEGABYTE;
const OVERSIZED = 8;

const large: Row = {
  id: 'T-R2',
  what: 'large documents at the same time, and senders of frames beyond 50 MB or that never end: refused, memory stays bounded, others are served',
  recoverWithinS: 120,
  stories: 18,
  story(hospitals, random, index) {
    const [hospital] = hospitals as [Hospital];
    if (index % 3 !== 0) return writeStory(hospital, random, ['simple']);
    const patient = newPatient(hospital.gam.authority);
    const sent = mdm(hospital.dpi, patient, { minBytes: random.between(4, 8) * MEGABYTE });
    return {
      kind: 'large',
      messages: [identity(hospital.gam, 'A28', patient, 'qualifiee'), document(sent)],
      documents: [expected(sent, patient)],
      mails: [],
    };
  },
  async disturb(context) {
    const { traffic, note, fail } = context;
    let highest = 0;
    const senders = oversized(context);
    let ended = false;
    void senders.finally(() => (ended = true)).catch(() => undefined);
    while (!ended || traffic.told.length < 18) {
      highest = Math.max(highest, residentBytes(context));
      await delay(100);
    }
    const refused = await senders;
    note(`${refused} of ${OVERSIZED} frames beyond the limit refused`);
    if (refused < OVERSIZED) fail(`${OVERSIZED - refused} frames beyond 50 MB were not refused`);
    note(`documents held ${Math.round(highest / MEGABYTE)} MB at most`);
    if (highest > MEMORY_LIMIT) fail(`documents held ${Math.round(highest / MEGABYTE)} MB: 512 allowed`);
  },
};

/** Senders at the same time whose frame goes on beyond the limit. @returns how many were cut off without an answer */
async function oversized({ stack, instances, random }: FaultContext): Promise<number> {
  const doors = instances.of('documents');
  const cut = await Promise.all(
    Array.from({ length: OVERSIZED }, () => endlessFrame(stack.mllpPort(random.pick(doors)), 64 * MEGABYTE)),
  );
  return cut.filter(Boolean).length;
}

/** True when the door closed before all was sent, and said nothing. */
async function endlessFrame(port: number, bytes: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  let answered = false;
  let closed = false;
  socket.on('data', () => (answered = true));
  socket.on('error', () => undefined);
  socket.once('close', () => (closed = true));
  await once(socket, 'connect');
  socket.write(Buffer.from('\x0bMSH|^~\\&|'));
  const piece = Buffer.alloc(MEGABYTE, 'A');
  for (let sent = 0; sent < bytes && !closed; sent += piece.length) {
    if (!socket.write(piece)) await drainedOrClosed(socket);
  }
  const deadline = performance.now() + 10_000;
  while (!closed && performance.now() < deadline) await delay(50);
  socket.destroy();
  return closed && !answered;
}

function drainedOrClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}

/** Of the instance that holds most (Linux). */
function residentBytes({ stack, instances }: FaultContext): number {
  const sizes = instances.of('documents').map((name) => {
    try {
      const status = readFileSync(`/proc/${stack.pid(name)}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  });
  return Math.max(...sizes);
}

export const arrivals: readonly Row[] = [severalTimes, identityOrder, versionOrder, large];
