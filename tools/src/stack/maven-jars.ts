import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { workspaceRoot } from '../workspace.js';
import { StackFault } from './stack-fault.js';

export interface Jars {
  /** explicit and sorted: class data sharing needs the same path at every start */
  readonly classPath: string;
  readonly folder: string;
}

/** The jars of `tools/<name>/pom.xml` in a folder keyed by its hash; fetched through Maven the first time. */
export async function mavenJars(name: string, cacheDir: string, log: (line: string) => void): Promise<Jars> {
  const pom = join(workspaceRoot, 'tools', name, 'pom.xml');
  const key = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const folder = join(cacheDir, `${name}-${key}`);
  if (!existsSync(join(folder, 'complete'))) {
    log(`fetching ${name} through Maven (first time only)`);
    await fetch(name, pom, folder);
  }
  const jars = readdirSync(folder).filter((file) => file.endsWith('.jar'));
  return {
    folder,
    classPath: jars
      .sort()
      .map((file) => join(folder, file))
      .join(delimiter),
  };
}

/** Two launchers may fetch at once: each into its own folder, the first to finish wins. */
async function fetch(name: string, pom: string, folder: string): Promise<void> {
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${draft}`];
  const { code, text } = await maven(['-q', '-B', '-ntp', '-f', pom, ...goal]);
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true });
    const line = text.split('\n').find((candidate) => candidate.includes('ERROR')) ?? text.trim().slice(0, 300);
    throw new StackFault(`Maven could not fetch ${name} (is its repository reachable?): ${line}`);
  }
  writeFileSync(join(draft, 'complete'), '');
  try {
    renameSync(draft, folder);
  } catch {
    if (!existsSync(join(folder, 'complete'))) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(draft, folder);
      return;
    }
    rmSync(draft, { recursive: true, force: true });
  }
}

function maven(args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const child = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const parts: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => parts.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => parts.push(chunk));
    child.once('error', (error) => resolve({ code: 1, text: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, text: Buffer.concat(parts).toString('utf8') }));
  });
}
