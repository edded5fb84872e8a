import { Ght, loadGhtFile } from '@pfi/platform-settings';
import { Client } from 'pg';
import { until } from '../demo/live-stage.js';
import { senderOf, Simulator } from '../demo/player/index.js';
import type { Stack } from '../stack/stack.js';
import type { Bench, BenchRun, Figure } from './bench.js';
import { Doors } from './intake-doors.js';
import { kinds, type Kind } from './intake-kinds.js';
import { takeIn, together, type Taken } from './intake-load.js';
import { adtOf, newPatients, type KnownPatient } from './intake-messages.js';

const ACK_P99_MS = 300;
const RSS_MB = 512;

/** Both MLLP doors: how many messages they take in, how fast they answer, what each message costs. */
export const intake: Bench = {
  name: 'intake',
  what: '4 applications with 8 connections each at one MLLP door, the whole platform at work behind it',
  options: ['kinds', 'messages', 'seconds', 'rate', 'outside'],
  async run(context) {
    const { options, signal, stack } = context;
    const names = options.text('kinds', kinds.map(({ name }) => name).join(',')).split(',');
    const outside = options.text('outside', 'both');
    const figures: Figure[] = [];
    for (const kind of kinds.filter(({ name }) => names.includes(name))) {
      const doors = new Doors(sendersOf(stack, kind), stack.ports[kind.port]);
      try {
        const patients = await knownPatients(stack, kind, doors);
        const measured = (label: string) => measure(context, kind, doors, patients, label);
        if (outside !== 'down') figures.push(...(await measured(kind.name)));
        if (outside === 'up' || signal.aborted) continue;
        await withEverythingDown(stack, async () => {
          figures.push(...(await measured(`${kind.name}, all down,`)));
        });
      } finally {
        await doors.close();
      }
    }
    return figures;
  },
};

async function measure(
  { options, say, stack, signal }: BenchRun,
  kind: Kind,
  doors: Doors,
  patients: readonly (readonly KnownPatient[])[],
  label: string,
): Promise<Figure[]> {
  const load = (messages: number, rate?: number) => takeIn(stack, kind, doors, patients, { messages, rate, signal });
  const rate = 0.7 * options.number('rate', kind.floor);
  // What the services compile and the database caches in their first seconds is no part of a message's cost.
  await load(Math.ceil(kind.floor));
  const lots = await load(options.number('messages', kind.messages));
  const closed = together(lots);
  say(`${label} ${Math.round(closed.messages / closed.seconds)}/s over ${closed.messages} messages`);
  const paced = together(await load(Math.ceil(rate * options.number('seconds', 20)), rate));
  return [
    { name: `${label} taken in`, value: closed.messages / closed.seconds, unit: '/s', floor: { least: kind.floor } },
    ...closed.latencies.figures(`${label} ack in the closed loop`),
    ...paced.latencies.figures(`${label} ack at ${Math.round(rate)}/s`, { p99: { most: ACK_P99_MS } }),
    ...costs(label, closed),
    ...growth(label, lots),
    ...closed.processes
      .filter(({ name }) => name === 'identity' || name === 'documents')
      .map(({ name, rssMb }): Figure => ({
        ...{ name: `${label} memory of ${name}`, value: rssMb, unit: 'MB', floor: { most: RSS_MB } },
      })),
  ];
}

function costs(label: string, { messages, processes, database }: Taken): Figure[] {
  const each = (name: string, total: number, unit: string): Figure => ({
    ...{ name: `${label} ${name} a message`, value: total / messages, unit },
  });
  return [
    ...processes.map(({ name, cpuMs }) => each(`CPU of ${name}`, cpuMs, 'ms')),
    each('commits', database.commits, ''),
    each('write-ahead log', database.wal / 1_000, 'kB'),
    ...[...database.rows].map(([table, count]) => each(`rows of ${table}`, count, '')),
  ];
}

/** How the first and the last lot of a long load differ. */
function growth(label: string, lots: readonly Taken[]): Figure[] {
  const [first, last] = [lots[0], lots.at(-1)];
  if (!first || !last || lots.length < 2) return [];
  const cpu = ({ processes, messages }: Taken) => processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / messages;
  return [
    { name: `${label} taken in, first lot`, value: first.messages / first.seconds, unit: '/s' },
    { name: `${label} taken in, last lot`, value: last.messages / last.seconds, unit: '/s' },
    { name: `${label} CPU a message, first lot`, value: cpu(first), unit: 'ms' },
    { name: `${label} CPU a message, last lot`, value: cpu(last), unit: 'ms' },
  ];
}

function sendersOf(stack: Stack, kind: Kind) {
  const ght = new Ght(loadGhtFile(stack.surroundings.ghtFile, stack.env('documents')));
  return kind.applications.map((key) => senderOf(ght, key));
}

/** The patients of the messages to come, known to both services. */
async function knownPatients(stack: Stack, kind: Kind, doors: Doors): Promise<KnownPatient[][]> {
  const each = Math.ceil(kind.patients / doors.senders.length);
  const patients = doors.senders.map((sender) => newPatients(sender, each));
  if (each === 0) return patients;
  const gams = kinds.filter(({ port }) => port === 'identityMllp').flatMap(({ applications }) => applications);
  const ght = new Ght(loadGhtFile(stack.surroundings.ghtFile, stack.env('identity')));
  const identity = new Doors(
    doors.senders.map(({ domain }) => senderOf(ght, gams.find((key) => ght.sourceByKey(key)?.domain === domain) ?? '')),
    stack.ports.identityMllp,
  );
  const client = new Client({ connectionString: stack.adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const messages = patients.map((own, application) =>
      own.map(({ patient }) => adtOf({ patient, sender: identity.senders[application] ?? doors.senders[0]! })),
    );
    await identity.send(messages, new AbortController().signal);
    const matricules = patients.flat().map(({ patient }) => patient.ins.matricule);
    await until('les patients sont connus du service des documents', async () => {
      const { rows } = await client.query<{ count: string }>(
        `SELECT count(*) FROM documents.identity WHERE status = 'qualifiee' AND ins_matricule = ANY($1::text[])`,
        [matricules],
      );
      return Number(rows[0]?.count) >= new Set(matricules).size;
    });
  } finally {
    await Promise.all([client.end(), identity.close()]);
  }
  return patients;
}

/** The DMP, the mail operator and Kafka out of reach. */
async function withEverythingDown(stack: Stack, work: () => Promise<void>): Promise<void> {
  const simulator = new Simulator(stack.ports.simAdmin);
  const faults = [
    await simulator.fault({ target: 'dmp', kind: 'down' }),
    await simulator.fault({ target: 'mss', kind: 'down' }),
  ];
  await stack.stop('kafka');
  try {
    await work();
  } finally {
    await stack.start('kafka');
    for (const fault of faults) await simulator.endFault(fault);
  }
}
