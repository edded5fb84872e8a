import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { otlpReceiver, testIssuer } from '@pfi/platform-testing';
import { interruption, say, underSignals } from '../commands/foreground.js';
import { stackOptions } from '../faults/faults-command.js';
import { startStack } from '../stack/start-stack.js';
import { StackFault } from '../stack/stack-fault.js';
import { failure, lastLine, success, sum, type Tally } from '../tally.js';
import { workspaceRoot } from '../workspace.js';
import { readCorpus, type Case } from './cases/case.js';
import { keep, table } from './report.js';
import { allowedMs, runCorpus, type CorpusGround, type CorpusResult, type Percentiles } from './run.js';

const stateDir = join(workspaceRoot, '.pfi', 'corpus', 'state');
/** A machine client of another legal entity. */
const otherOwner = { id: 'corpus-roche', secret: 'corpus-roche', scopes: ['ej:990000200', 'dom:roche'] };

export interface CorpusOptions {
  readonly cases: readonly Case[];
  readonly seed: number;
  readonly size: CorpusGround['size'];
  readonly say: (line: string) => void;
}

/** `npm run test:corpus -- [--cases B-07,B-11] [--seed 123] [--quick]` */
export async function corpus(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { cases: { type: 'string' }, seed: { type: 'string' }, quick: { type: 'boolean', default: false } },
  });
  const options: CorpusOptions = {
    cases: casesNamed(values.cases),
    seed: Number(values.seed ?? randomInt(1, 1_000_000)),
    size: values.quick ? 'quick' : 'whole',
    say,
  };
  const tally = await underSignals((signal) => testCorpus(options, signal));
  say(lastLine(tally));
  return tally.failed === 0 ? 0 : 1;
}

/** The corpus whole, or the cases whose names begin so. @throws StackFault when there is none */
export function casesNamed(text?: string): Case[] {
  const all = readCorpus();
  const wanted = text?.split(',').map((one) => one.trim());
  const found = wanted ? all.filter(({ id }) => wanted.some((one) => id.startsWith(one))) : all;
  if (found.length === 0) throw new StackFault(`no case of tools/corpus begins with "${text}"`);
  return found;
}

/** On a platform of its own, which is stopped afterwards. Each case counts as one test, and each other demand. */
export async function testCorpus(options: CorpusOptions, signal: AbortSignal): Promise<Tally> {
  const { cases, seed, size } = options;
  const lines: string[] = [];
  const log = (line: string) => {
    lines.push(line);
    options.say(`  ${line}`);
  };
  mkdirSync(stateDir, { recursive: true });
  const clientsFile = join(stateDir, 'oidc-clients.json');
  const { id: clientId, secret, scopes } = otherOwner;
  writeFileSync(clientsFile, JSON.stringify([{ clientId, secret, scopes, roles: ['reader', 'operator'] }]), {
    mode: 0o600,
  });
  const [collector, people] = await Promise.all([otlpReceiver(), testIssuer()]);
  try {
    const base = stackOptions();
    const stack = await startStack({
      ...{ ...base, stateDir, log, signal },
      settings: {
        ...base.settings,
        PFI_OTLP_URL: collector.url,
        PFI_SIM_OIDC_CLIENTS_FILE: clientsFile,
        PFI_OIDC_ISSUERS: `${people.issuer} id=corpus label="Corpus" acr=eidas1`,
      },
    });
    try {
      const ground = { stack, collector, people, otherOwner, cases, seed, size, lines, signal };
      const result = await Promise.race([runCorpus(ground), interruption(signal)]);
      if (result === undefined) return failure('the corpus was interrupted');
      return told(result, options.say);
    } finally {
      await stack.close();
    }
  } finally {
    await Promise.all([collector.close(), people.close()]);
  }
}

function told(result: CorpusResult, tell: (line: string) => void): Tally {
  const { played, alone, beside, good, memory, searched, problems, seed } = result;
  for (const line of table(played)) tell(line);
  const wrong = played.filter(({ problem }) => problem !== '');
  tell('');
  tell(`good traffic alone    ${times(alone)}`);
  const [allowed, kept] = [allowedMs(alone), beside.p99 <= allowedMs(alone) ? 'kept' : 'MISSED'];
  tell(`good traffic beside   ${times(beside)}: ${kept} (p99 of ${allowed.toFixed(0)} ms allowed)`);
  tell(`good traffic: ${good.sent} sent, ${good.acknowledged} acknowledged, ${good.effects} effects`);
  tell(
    `most memory, MB: ${Object.entries(memory)
      .map(([name, mb]) => `${name} ${mb}`)
      .join(', ')}`,
  );
  tell(`canaries: ${searched.places} places searched, ${searched.mb} MB`);
  for (const problem of problems) tell(`  ✗ ${problem}`);
  tell(`kept in ${keep(result)}; seed ${seed}`);
  tell(`corpus: ${played.length} bad inputs, ${wrong.length} wrong answers, ${problems.length} other problems`);
  const byCase = Map.groupBy(played, ({ of }) => `${of.door}/${of.id}`);
  return sum([
    ...[...byCase].map(([name, playings]) => {
      const bad = playings.find(({ problem }) => problem !== '');
      return bad ? failure(`corpus ${name}: ${bad.got.answer}, ${bad.problem}`) : success;
    }),
    ...(problems.length > 0 ? problems.map((problem) => failure(`corpus: ${problem}`)) : [success]),
  ]);
}

const times = ({ count, p50, p95, p99 }: Percentiles): string =>
  `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${count} acknowledgements`;
