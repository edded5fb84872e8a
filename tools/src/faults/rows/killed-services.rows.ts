import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '../../stack/environment.js';
import { killAfterCommit, killBeforeCommit, type HeldPoint } from '../nemesis/held-point.js';
import { anyOf, type FaultContext, type Row } from '../row.js';

/** Kills whoever comes to a point: before its transaction commits, or after, before it knows. */
async function killAt(
  context: FaultContext,
  point: HeldPoint,
  moment: 'before commit' | 'after commit',
): Promise<void> {
  const { stack, held, note, fail } = context;
  const came = await held.hold(point, async (transaction, release, admin) => {
    note(`${transaction.name} killed ${moment}, ${point.on} of ${point.schema}.${point.table}`);
    if (moment === 'before commit') await killBeforeCommit(stack, transaction, admin);
    else await killAfterCommit(stack, transaction, release, admin);
  });
  if (!came) fail(`nobody came to ${point.on} of ${point.schema}.${point.table}`);
}

async function killNow(context: FaultContext, service: ServiceName): Promise<void> {
  const { traffic, random, stack, note } = context;
  const share = random.next() * 0.9;
  await traffic.reaches(share);
  const name = anyOf(context, service);
  note(`${name} killed after ${Math.round(share * 100)} % of the stories`);
  await stack.kill(name);
}

/** Keeps exchanges with a stand-in open for a while, and kills the gateway in the middle of one. */
async function killInExchange(context: FaultContext, service: 'dmp-gateway' | 'mss-gateway'): Promise<void> {
  const { simulator, stack, random, note, fail } = context;
  const target = service === 'dmp-gateway' ? 'dmp' : 'mss';
  const fault = await simulator.fault({ target, kind: 'delay', delayMs: 1_500 });
  try {
    const deadline = performance.now() + 20_000;
    while ((await simulator.timesApplied(fault)) === 0 && performance.now() < deadline) await delay(20);
    if ((await simulator.timesApplied(fault)) === 0) fail(`no exchange of ${service} began`);
    await delay(random.between(0, 1_400));
    note(`${service} killed in the middle of an exchange`);
    for (const name of context.instances.of(service)) await stack.kill(name);
  } finally {
    await simulator.endFault(fault);
  }
}

/** Among those killed is the gateway that sends mails, perhaps before it wrote that one was taken. */
const SENDERS_DIE = { mailTwice: true } as const;

const ingest: Row = {
  id: 'T-K1',
  what: 'kill -9 of a door: before commit, after commit before the ack, at any instant',
  recoverWithinS: 15,
  async disturb(context) {
    const { random, traffic } = context;
    const service = random.pick(['documents', 'identity'] as const);
    const way = random.pick(['before commit', 'after commit', 'instant'] as const);
    if (way === 'instant') return killNow(context, service);
    await traffic.reaches(random.next() * 0.5);
    return killAt(context, { schema: service, table: 'message', on: 'commit-of-insert' }, way);
  },
};

const relay: Row = {
  id: 'T-K2',
  what: 'kill -9 of a relay: before it sends, after the broker took the events before they are marked',
  recoverWithinS: 15,
  tolerance: SENDERS_DIE,
  async disturb(context) {
    const { random, traffic, stack, note } = context;
    const [schema, service] = random.pick([
      ['documents', 'documents'],
      ['identity', 'identity'],
      ['dmp', 'dmp-gateway'],
      ['mss', 'mss-gateway'],
    ] as const);
    await traffic.reaches(random.next() * 0.5);
    if (random.next() < 0.6 || service === 'mss-gateway') {
      const marked = { schema, table: 'outbox', on: 'update', when: 'NEW.published_at IS NOT NULL' } as const;
      return killAt(context, marked, 'before commit');
    }
    await stack.kill('kafka', 'SIGSTOP');
    await delay(random.between(200, 900));
    note(`every ${service} killed while the broker did not answer`);
    for (const name of context.instances.of(service)) await stack.kill(name);
    await stack.kill('kafka', 'SIGCONT');
  },
};

const consumer: Row = {
  id: 'T-K3',
  what: 'kill -9 of a consumer of each service: before commit, after commit before the offset',
  recoverWithinS: 15,
  tolerance: SENDERS_DIE,
  async disturb(context) {
    const { random, traffic } = context;
    const schema = random.pick(['documents', 'dmp', 'mss', 'indicators', 'identity'] as const);
    await traffic.reaches(random.next() * 0.4);
    // what identity consumes is rare: a kill at any instant then
    if (schema === 'identity') return killNow(context, 'identity');
    const moment = random.pick(['before commit', 'after commit'] as const);
    // each new lineage, patient or stay begins a place of its own in what is consumed
    return killAt(context, { schema, table: 'aggregate_position', on: 'commit-of-insert' }, moment);
  },
};

const dmpGateway: Row = {
  id: 'T-K4',
  what: 'kill -9 of the DMP gateway: after the intent, in the exchange, after the answer before it is written',
  recoverWithinS: 15,
  async disturb(context) {
    const { random, traffic } = context;
    await traffic.reaches(random.next() * 0.4);
    const state = (name: string) =>
      ({ schema: 'dmp', table: 'submission', on: 'update', when: `NEW.state = '${name}'` }) as const;
    switch (random.pick(['intent', 'exchange', 'exchange', 'answer', 'instant'] as const)) {
      case 'intent':
        return killAt(context, { ...state('sending'), on: 'commit-of-update' }, 'after commit');
      case 'answer':
        return killAt(context, state('accepted'), 'before commit');
      case 'exchange':
        return killInExchange(context, 'dmp-gateway');
      case 'instant':
        return killNow(context, 'dmp-gateway');
    }
  },
};

const mssGateway: Row = {
  id: 'T-K5',
  what: 'kill -9 of the MSSanté gateway: before DATA, in DATA, after 250 before it is written',
  // the lease of the killed one (10 s), the wait before a possible duplicate, and the notices, read by a watch under a lease too
  recoverWithinS: 30,
  among: ['mailed', 'mailed', 'simple', 'late'],
  tolerance: SENDERS_DIE,
  async disturb(context) {
    const { random, traffic } = context;
    await traffic.reaches(random.next() * 0.4);
    const state = (name: string) =>
      ({ schema: 'mss', table: 'message', on: 'update', when: `NEW.state = '${name}'` }) as const;
    switch (random.pick(['intent', 'exchange', 'answer', 'answer', 'instant'] as const)) {
      case 'intent':
        return killAt(context, { ...state('sending'), on: 'commit-of-update' }, 'after commit');
      case 'answer':
        return killAt(context, state('sent'), 'before commit');
      case 'exchange':
        return killInExchange(context, 'mss-gateway');
      case 'instant':
        return killNow(context, 'mss-gateway');
    }
  },
};

const rolling: Row = {
  id: 'T-K6',
  what: 'rolling restart of every service by SIGTERM under load',
  recoverWithinS: 15,
  async disturb({ stack, instances, short, note }) {
    const rounds = short ? 1 : 3;
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of instances.all) {
        await stack.kill(name, 'SIGTERM');
        await stack.whenReady(name);
      }
    }
    note(`${rounds} round(s)`);
  },
};

export const killedServices: readonly Row[] = [ingest, relay, consumer, dmpGateway, mssGateway, rolling];
