import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../demo/player/index.js';
import type { FaultContext, Row } from '../row.js';
import { writeStory } from '../traffic/stories.js';
import type { Story } from '../traffic/story.js';

/** Sets faults, lets traffic meet them, and ends them. */
async function during(context: FaultContext, faults: readonly Fault[], ms: number): Promise<void> {
  const { simulator, note } = context;
  const ids = await Promise.all(faults.map((fault) => simulator.fault(fault)));
  await delay(ms);
  await Promise.all(ids.map((id) => simulator.endFault(id)));
  for (const { kind, code, form, done, times } of faults)
    note([kind, code, form, done ? 'carried out' : '', times ? `${times} times` : ''].filter(Boolean).join(' '));
}

const toDmp = ['simple', 'late', 'replaced', 'withdrawn', 'reported', 'deposited'] as const;

const slow: Row = {
  id: 'T-D1',
  what: 'the DMP is slow, or slower than any exchange may last',
  recoverWithinS: 120,
  among: toDmp,
  disturb: (context) => {
    const { random, short } = context;
    const beyond: Fault = { target: 'dmp', kind: 'delay', delayMs: 11_000, times: random.between(1, 3) };
    const patient: Fault = { target: 'dmp', kind: 'delay', delayMs: 2_500 };
    return during(context, [random.next() < 0.5 ? beyond : patient], short ? 4_000 : 20_000);
  },
};

const errors: Row = {
  id: 'T-D2',
  what: 'the DMP answers 500, 502, 503, 504 or 429, or what is no SOAP (HTML, nothing, half an answer, another content type), or is away',
  recoverWithinS: 60,
  among: toDmp,
  disturb: (context) => {
    const { random, short } = context;
    const code = random.pick(['500', '502', '503', '504', '429']);
    const form = random.pick(['html', 'empty', 'truncated', 'content-type'] as const);
    const done = random.next() < 0.5;
    const fault = random.pick<Fault>([
      { target: 'dmp', kind: 'down' },
      { target: 'dmp', kind: 'http-status', code },
      { target: 'dmp', kind: 'unreadable', form, done },
      { target: 'dmp', kind: 'unreadable', form, done, match: { operation: 'iti-41' } },
    ]);
    return during(context, [fault], short ? 3_000 : 15_000);
  },
};

const answersLost: Row = {
  id: 'T-D3',
  what: 'the DMP takes a deposit and its answer is lost, for all or for some',
  recoverWithinS: 60,
  among: toDmp,
  disturb: (context) =>
    during(
      context,
      [
        {
          ...{ target: 'dmp', kind: 'commit-then-drop', match: { operation: 'iti-41' } },
          ...(context.random.next() < 0.5 ? {} : { times: context.random.between(1, 6) }),
        },
      ],
      context.short ? 3_000 : 8_000,
    ),
};

/** What passes by itself, what has to be looked up, and what a person has to see. */
const answers = [
  { code: 'XDSRegistryBusy', end: 'visible' },
  { code: 'XDSRepositoryOutOfResources', end: 'visible' },
  { code: 'XDSRegistryNotAvailable', end: 'visible' },
  { code: 'XDSRegistryError', end: 'visible' },
  { code: 'XDSDuplicateUniqueIdInRegistry', end: 'visible' },
  { code: 'XDSNonIdenticalHash', end: 'parked' },
  { code: 'XDSPatientIdDoesNotMatch', end: 'parked' },
  { code: 'SomethingNew', end: 'parked' },
] as const;

const coded: Row = {
  id: 'T-D4',
  what: 'the DMP says busy, duplicate submission set, non-identical hash, another patient, something unknown',
  recoverWithinS: 60,
  story(hospitals, random): Story {
    const story = writeStory(random.pick(hospitals), random, ['simple']);
    const { code, end } = random.pick(answers);
    const match = { uniqueId: story.documents[0]?.documentId ?? '', operation: 'iti-41' };
    return {
      ...story,
      documents: story.documents.map((document) => ({ ...document, end })),
      faults: [{ target: 'dmp', kind: 'refuse', code, match, times: 1 }],
    };
  },
  disturb: async () => undefined,
};

const smtpAnswers = [
  { code: '421', status: '4.3.2', comes: true },
  { code: '450', status: '4.2.0', comes: true },
  { code: '451', status: '4.3.0', comes: true },
  { code: '452', status: '4.3.1', comes: true },
  { code: '550', status: '5.1.1', comes: false },
  { code: '552', status: '5.2.2', comes: false },
  { code: '554', status: '5.7.1', comes: false },
] as const;

/** One story whose mail to the professional meets something; the one to the patient does not. */
function mailStory(meets: (recipient: string) => Fault, comes: boolean): Required<Pick<Row, 'story'>> {
  return {
    story(hospitals, random) {
      const story = writeStory(random.pick(hospitals), random, ['mailed']);
      const [professional, patient] = story.mails;
      if (!professional || !patient) throw new Error('the story sends no mail');
      const mails = [comes ? professional : { ...professional, least: 0, most: 0 }, patient];
      return { ...story, mails, faults: [meets(professional.recipient)] };
    },
  };
}

const smtp: Row = {
  id: 'T-S1',
  what: 'SMTP 421, 450, 451, 452, 550, 552, 554 at RCPT, DATA or the final dot',
  recoverWithinS: 60,
  story(hospitals, random, index) {
    const { code, status, comes } = random.pick(smtpAnswers);
    const stage = random.pick(['RCPT', 'DATA', 'dot'] as const);
    const fault = (recipient: string): Fault => ({
      ...{ target: 'mss', kind: 'smtp', stage, code, status, match: { recipient } },
      ...(comes ? { times: 1 } : {}),
    });
    return mailStory(fault, comes).story(hospitals, random, index);
  },
  disturb: async () => undefined,
};

const mailAnswerLost: Row = {
  id: 'T-S2',
  what: 'the operator takes a mail and closes after the final dot; a connection is cut before; somebody on the way strips STARTTLS',
  recoverWithinS: 60,
  tolerance: { mailTwice: true },
  story(hospitals, random, index) {
    const kind = random.pick(['commit-then-drop', 'down'] as const);
    const fault = (recipient: string): Fault => ({ target: 'mss', kind, match: { recipient }, times: 1 });
    return mailStory(fault, true).story(hospitals, random, index);
  },
  disturb: (context) => (context.random.next() < 0.5 ? stripped(context) : Promise.resolve()),
  async verify({ simulator }) {
    const clear = (await simulator.mails()).filter(({ findings }) =>
      findings.some((one) => one.startsWith('CLEAR_TEXT')),
    );
    return clear.length > 0 ? [`${clear.length} mails left in clear text`] : [];
  },
};

/** Kept connections are safe already: the gateways have to open new ones. */
async function stripped({ simulator, stack, instances, short, note, fail }: FaultContext): Promise<void> {
  const fault = await simulator.fault({ target: 'mss', kind: 'strip-starttls' });
  // in order, so that their share of the events is free at once
  for (const name of instances.of('mss-gateway')) await stack.kill(name, 'SIGTERM');
  await Promise.all(instances.of('mss-gateway').map((name) => stack.whenReady(name)));
  const deadline = performance.now() + 20_000;
  while ((await simulator.timesApplied(fault)) === 0 && performance.now() < deadline) await delay(100);
  await delay(short ? 1_000 : 10_000);
  const times = await simulator.timesApplied(fault);
  await simulator.endFault(fault);
  note(`STARTTLS stripped from ${times} connections`);
  if (times === 0) fail('no connection met the stripped STARTTLS');
}

export const destinations: readonly Row[] = [slow, errors, answersLost, coded, smtp, mailAnswerLost];
