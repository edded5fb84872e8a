import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { prepareMailPeers } from '@pfi/platform-mail-peers';
import { nx } from '../child.js';
import { startStack } from '../stack/start-stack.js';
import type { Stack } from '../stack/stack.js';
import { failure, sum } from '../tally.js';
import type { Tally } from '../tally.js';
import { workspaceRoot } from '../workspace.js';
import { tallyOf } from './jest-results.js';
import type { JestOutput } from './jest-results.js';
import { findSuites, hasResult, kinds, resultFile } from './suites.js';
import type { Kind, Suite } from './suites.js';

export interface TestRun {
  readonly say: (line: string) => void;
  /** folder of the official samples; undefined: their tests do not run */
  readonly referenceDir: string | undefined;
  /** the tests against Postfix and Dovecot: demanded, or run where the machine can */
  readonly mailPeers: 'demanded' | 'where-possible';
  readonly signal?: AbortSignal;
}

const stateDir = join(workspaceRoot, '.pfi', 'test');

/** Runs every test of the workspace against a PostgreSQL, a Kafka and a mail store of its own; what did not change comes from Nx's cache. */
export async function runTests(run: TestRun): Promise<Tally> {
  const { say, referenceDir, signal } = run;
  const suites = findSuites();
  // an old result must not be counted for a suite that did not run
  rmSync(join(workspaceRoot, '.pfi', 'test-results'), { recursive: true, force: true });
  mkdirSync(join(workspaceRoot, '.pfi', 'test-results'), { recursive: true });
  const starting = startServers(signal);
  const tallies: Tally[] = [];
  try {
    const forgotten = undeclared(suites);
    for (const problem of forgotten.problems) say(`  ✗ ${problem}`);
    tallies.push(forgotten);
    tallies.push(await runKind('unit', suites, {}, run));
    const stack = await starting;
    const env = {
      TEST_DATABASE_URL: stack.adminUrl,
      TEST_KAFKA_BROKERS: stack.kafkaBrokers,
      TEST_GREENMAIL_PORT: String(stack.ports.greenmail),
      PFI_REFERENCE_DIR: referenceDir,
    };
    tallies.push(await runKind('integration', suites, env, run));
    if (referenceDir) tallies.push(await runKind('official', suites, env, run));
    else say('official samples: not run (PFI_REFERENCE_DIR is not set)');
    tallies.push(await runMailPeers(suites, env, run));
    tallies.push(await runKind('e2e', suites, env, run));
  } finally {
    await (await starting.catch(() => undefined))?.close();
  }
  return sum(tallies);
}

function startServers(signal: AbortSignal | undefined): Promise<Stack> {
  const starting = startStack({
    stateDir,
    fresh: true,
    parts: ['postgres', 'kafka', 'greenmail'],
    ports: 'free',
    database: 'pfi_test',
    settings: {},
    ...(signal ? { signal } : {}),
  });
  // awaited only after the unit tests: until then a failure must not count as unhandled
  starting.catch(() => undefined);
  return starting;
}

/** Real mail servers come from the system's packages: whether their tests run is decided here, and said; no test skips itself. */
async function runMailPeers(
  suites: readonly Suite[],
  env: Readonly<Record<string, string | undefined>>,
  run: TestRun,
): Promise<Tally> {
  const missing = await prepareMailPeers(run.say);
  if (missing === undefined) return runKind('peers', suites, env, run);
  if (run.mailPeers === 'where-possible') {
    run.say(`mail peers: not run (${missing})`);
    return { passed: 0, failed: 0, problems: [] };
  }
  const demanded = failure(`the tests against Postfix and Dovecot are demanded: ${missing}`);
  for (const problem of demanded.problems) run.say(`  ✗ ${problem}`);
  return demanded;
}

function undeclared(suites: readonly Suite[]): Tally {
  return sum(
    suites
      .filter(({ declared }) => !declared)
      .map(({ project, folder, kind, files }) =>
        failure(
          `${project}: ${files} ${kind} file(s), but ${folder}/package.json does not name the target "${kinds[kind].target}"`,
        ),
      ),
  );
}

async function runKind(
  kind: Kind,
  all: readonly Suite[],
  env: Readonly<Record<string, string | undefined>>,
  { say, signal }: TestRun,
): Promise<Tally> {
  signal?.throwIfAborted();
  const suites = all.filter((suite) => suite.kind === kind && suite.declared);
  if (suites.length === 0) return { passed: 0, failed: 0, problems: [] };
  const began = performance.now();
  const projects = suites.map(({ project }) => project).join(',');
  const { code, text } = await nx(
    ['run-many', '-t', kinds[kind].target, '-p', projects, '--outputStyle=static'],
    env,
    signal,
  );
  const log = join(stateDir, `${kind}.log`);
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(log, text);
  const known = sum(suites.map((suite) => tallyOfSuite(suite, log)));
  const unexplained =
    code !== 0 && known.failed === 0 ? failure(`${kind}: Nx ended with code ${code}; see ${log}`) : undefined;
  const tally = unexplained ? sum([known, unexplained]) : known;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  say(`${kind.padEnd(12)}${tally.passed} passed, ${tally.failed} failed in ${suites.length} projects (${seconds} s)`);
  for (const problem of tally.problems) say(`  ✗ ${problem}`);
  return tally;
}

function tallyOfSuite(suite: Suite, log: string): Tally {
  if (!hasResult(suite)) return failure(`${suite.project}: its ${suite.kind} tests left no result; see ${log}`);
  return tallyOf(suite.project, JSON.parse(readFileSync(resultFile(suite), 'utf8')) as JestOutput);
}
