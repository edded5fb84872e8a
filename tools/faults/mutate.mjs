#!/usr/bin/env node
// Makes a copy of the compiled platform with one invariant broken, to see that the fault suite notices:
//   node tools/faults/mutate.mjs <name> <folder>; node <folder>/tools/dist/cli.js faults --rows <row> --seeds 2
// Nothing of the checkout is changed. Without arguments: the list.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What is broken, where (compiled code), and the rows that must notice. */
const mutations = {
  'ack-before-commit': {
    invariant: 'I1',
    what: 'messages are acknowledged before they are stored',
    rows: 'T-K1',
    file: 'libs/platform/intake/dist/frame-intake.js',
    from: 'return await this.commitTogether(owner, group);',
    to: 'void this.commitTogether(owner, group).catch(() => undefined); return group.map((reading) => reading.entry.answer);',
  },
  'own-answer-to-repeats': {
    invariant: 'I2',
    what: 'a repeated message gets a new acknowledgement instead of the stored one',
    rows: 'T-I1',
    file: 'libs/platform/intake/dist/frame-intake.js',
    from: 'answers.get(journalKey(reading.entry)) ?? reading.entry.answer',
    to: 'reading.entry.answer',
  },
  'blind-resend': {
    invariant: 'I3',
    what: 'a deposit whose answer was lost is sent again, in a new submission set, without asking the registry',
    rows: 'T-D3',
    file: 'apps/dmp-gateway/dist/deposit/deposit.js',
    from: 'if (!submission.inDoubt || !submission.sent)',
    to: 'submission = { ...submission, submissionSetId: `${submission.submissionSetId}${submission.attempts}` };\n            if (true)',
  },
  'no-turns': {
    invariant: 'I4, I5',
    what: 'versions of a document do not wait for each other and replace nothing',
    rows: 'T-I3',
    file: 'apps/documents/dist/deliveries/version-order.js',
    from: "if (delivery.operation !== 'withdraw')",
    to: "if (delivery.operation !== 'withdraw') return { kind: 'goes', operation: 'send', predecessor: null };\n    if (delivery.operation !== 'withdraw')",
  },
  'offset-first': {
    invariant: 'I9',
    what: 'a consumer commits its offset before its transaction',
    rows: 'T-K3',
    file: 'libs/platform/messaging/dist/consumer/kafka-strategy.js',
    from: 'await this.#apply(records, batch);',
    to: 'await batch.commit(records.at(-1)); await this.#apply(records, batch);',
  },
  'invalid-applied': {
    invariant: 'I6',
    what: 'an event of a wrong shape is handed to its handler, whose failure stops the partition',
    rows: 'T-X1',
    file: 'libs/platform/messaging/dist/consumer/kafka-strategy.js',
    from: "if ('wrong' in event)",
    to: "if (!('wrong' in event) && event.content.kind === 'invalid') throw new Error('poison');\n            if ('wrong' in event)",
  },
  'parked-unseen': {
    invariant: 'I7',
    what: 'events that are parked are not shown',
    rows: 'T-X1',
    file: 'libs/platform/messaging/dist/consumer/parked-events.js',
    from: 'replayed_at IS NULL',
    to: 'replayed_at IS NOT NULL',
  },
  'clock-unwatched': {
    invariant: 'Time',
    what: 'an instance goes on whatever its clock says',
    rows: 'T-C1',
    file: 'libs/platform/service/dist/clock/clock-watch.js',
    from: "return this.#state === 'right' || this.#state === 'drifting';",
    to: 'return true;',
  },
  'clear-text': {
    invariant: 'S-04',
    what: 'mail goes on in clear text where STARTTLS is not offered',
    rows: 'T-S2',
    file: 'apps/mss-gateway/dist/gateways/smtp/smtp-session.js',
    from: 'requireTLS: true',
    to: 'requireTLS: false',
  },
  'any-answer-accepted': {
    invariant: 'I3',
    what: 'whatever comes with a 200 is taken for a success of the DMP',
    rows: 'T-D2',
    file: 'apps/dmp-gateway/dist/gateways/registry-answer.js',
    from: "return { kind: 'unknown', code: status === 200",
    to: "if (status === 200) return { kind: 'response', status: 'Success', errors: [] };\n        return { kind: 'unknown', code: status === 200",
  },
  'relay-clings': {
    invariant: 'I8',
    what: 'a relay that is cut off from the broker keeps its lock',
    rows: 'T-B2',
    file: 'libs/platform/messaging/dist/outbox/relay.js',
    from: 'standDownMs: 10_000',
    to: 'standDownMs: Number.POSITIVE_INFINITY',
  },
  'leases-for-ever': {
    invariant: 'I9',
    what: 'the work of a killed process is never taken over',
    rows: 'T-K4',
    file: 'libs/platform/postgres/dist/job-leases.js',
    from: 'lease_until < now() LIMIT 100',
    to: 'lease_until < now() AND false LIMIT 100',
  },
  'document-forgotten': {
    invariant: 'I12',
    what: 'three accepted documents in ten are not recorded',
    rows: 'T-I1',
    file: 'apps/documents/dist/intake/document-recorder.js',
    from: 'if (placed.length > 0)',
    to: 'if (Math.random() < 0.3) return results;\n        if (placed.length > 0)',
  },
  'request-forgotten': {
    invariant: 'I12',
    what: 'three requests in ten never become work of the DMP gateway',
    rows: 'T-I1',
    file: 'apps/dmp-gateway/dist/deposit/deposit-requests.js',
    from: 'const ours = [...newest.values()];',
    to: 'const ours = [...newest.values()].filter(() => Math.random() > 0.3);',
  },
};

const [name, folder] = process.argv.slice(2);
const mutation = mutations[name];
if (!mutation || !folder) {
  for (const [key, { invariant, what, rows }] of Object.entries(mutations))
    console.log(`${key.padEnd(24)}${invariant.padEnd(8)}${rows.padEnd(8)}${what}`);
  process.exit(name === undefined ? 0 : 1);
}
if (existsSync(folder)) throw new Error(`${folder} is there already`);

mkdirSync(join(folder, 'node_modules'), { recursive: true });
for (const part of ['apps', 'libs', 'tools', 'deploy'])
  cpSync(join(root, part), join(folder, part), {
    recursive: true,
    // what is compiled, and nothing of the sources and tests beside it
    filter: (path) => path.includes('/dist/') || !/\/(src|test|node_modules|site)$/.test(path),
    verbatimSymlinks: true,
  });
for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(folder, file));
for (const entry of readdirSync(join(root, 'node_modules'))) {
  const [from, to] = [join(root, 'node_modules', entry), join(folder, 'node_modules', entry)];
  // links among the packages of the workspace lead into the copy
  if (entry === '@pfi') cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  else symlinkSync(from, to);
}
const file = join(folder, mutation.file);
const text = readFileSync(file, 'utf8');
if (!text.includes(mutation.from)) throw new Error(`${mutation.file} does not hold: ${mutation.from}`);
writeFileSync(file, text.replaceAll(mutation.from, mutation.to));
mkdirSync(join(folder, '.pfi'), { recursive: true });
symlinkSync(process.env.PFI_CACHE_DIR ?? join(root, '.pfi', 'cache'), join(folder, '.pfi', 'cache'));
console.log(
  `${name} (${mutation.invariant}): node ${folder}/tools/dist/cli.js faults --rows ${mutation.rows} --seeds 2 --short`,
);
