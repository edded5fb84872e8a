import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KafkaEventBus } from '@pfi/platform-messaging';
import { Client } from 'pg';
import { PidFiles } from '../src/stack/pid-file.js';
import { identify } from '../src/stack/process-identity.js';
import type { Stack } from '../src/stack/stack.js';
import { removeState, startStack } from '../src/stack/start-stack.js';
import { SupervisedProcess } from '../src/stack/supervised-process.js';

const folder = mkdtempSync(join(tmpdir(), 'pfi-stack-'));
const LAUNCHER = new URL('./launcher.mjs', import.meta.url).pathname;

afterAll(() => {
  for (const name of ['both', 'with-leftover', 'without-leftover', 'taken']) removeState(join(folder, name));
  rmSync(folder, { recursive: true, force: true });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function eventually(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('did not come to hold within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const alive = (pid: number | undefined): boolean => pid !== undefined && identify(pid) !== undefined;

function pidOf(stateDir: string, name: string): number {
  return (JSON.parse(readFileSync(join(stateDir, 'run', `${name}.json`), 'utf8')) as { pid: number }).pid;
}

describe('a stack of PostgreSQL and Kafka', () => {
  const stateDir = join(folder, 'both');
  let stack: Stack;

  const open = () =>
    startStack({ stateDir, parts: ['postgres', 'kafka'], ports: 'free', database: 'pfi_test', settings: {} });

  beforeAll(async () => {
    stack = await open();
  }, 120_000);

  afterAll(() => stack.close(), 60_000);

  it('keeps fsync on', async () => {
    expect(await query(stack.adminUrl, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  });

  it('restarts PostgreSQL after kill -9 with every committed row', async () => {
    await query(stack.adminUrl, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (1), (2)');
    const before = stack.pid('postgres');
    await stack.kill('postgres');
    await stack.whenReady('postgres');
    expect(stack.pid('postgres')).not.toBe(before);
    expect(stack.restarts('postgres')).toBe(1);
    expect(await query(stack.adminUrl, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 2 }]);
  }, 60_000);

  it('restarts Kafka after kill -9 with its topics', async () => {
    const topic = { name: randomUUID(), owner: 'test', consumers: [], key: 'none', partitions: 1, retentionDays: 1 };
    const bus = new KafkaEventBus({ brokers: [stack.kafkaBrokers], clientId: 'tools-test' });
    await bus.ensureTopics([topic]);
    await stack.kill('kafka');
    await stack.whenReady('kafka');
    expect(await bus.missingTopics([topic.name])).toEqual([]);
    await bus.close();
  }, 90_000);

  it('keeps a stopped part down until it is started', async () => {
    await stack.stop('kafka');
    expect(alive(stack.pid('kafka'))).toBe(false);
    await stack.start('kafka');
    expect(alive(stack.pid('kafka'))).toBe(true);
  }, 90_000);

  it('refuses a second launcher on its folder in one line', async () => {
    const child = spawn(process.execPath, [LAUNCHER, stateDir], { stdio: ['ignore', 'ignore', 'pipe'] });
    const text: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => text.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(1);
    expect(Buffer.concat(text).toString()).toMatch(/^already running \(process \d+\): .*Ctrl-C.*\n$/);
  }, 60_000);

  it('leaves no process after close, and finds its data at the next start', async () => {
    const pids = [stack.pid('postgres'), stack.pid('kafka')];
    await stack.close();
    expect(pids.filter(alive)).toEqual([]);
    stack = await open();
    expect(await query(stack.adminUrl, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 2 }]);
  }, 120_000);
});

describe('a launcher that is killed with -9', () => {
  /** a PATH without setpriv: as on a system where the kernel is not asked to end the children */
  function bareBin(): string {
    const bin = mkdtempSync(join(folder, 'bin-'));
    for (const [name, places] of Object.entries({ id: ['/usr/bin', '/bin'], test: ['/usr/bin', '/bin'] })) {
      const place = places.find((candidate) => existsSync(join(candidate, name)));
      if (place) symlinkSync(join(place, name), join(bin, name));
    }
    return bin;
  }

  async function killedLauncher(stateDir: string, env: NodeJS.ProcessEnv): Promise<number> {
    const child = spawn(process.execPath, [LAUNCHER, stateDir], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const server = pidOf(stateDir, 'postgres');
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    return server;
  }

  const start = (stateDir: string) =>
    startStack({ stateDir, parts: ['postgres'], ports: 'free', database: 'pfi_test', settings: {} });

  it('does not prevent the next start, whatever it left', async () => {
    const stateDir = join(folder, 'with-leftover');
    const left = await killedLauncher(stateDir, { ...process.env, PATH: bareBin() });
    expect(alive(left)).toBe(true);
    const stack = await start(stateDir);
    expect(alive(left)).toBe(false);
    expect(await query(stack.adminUrl, 'SELECT id FROM launched')).toEqual([{ id: 1 }]);
    await stack.close();
  }, 120_000);

  it('takes its children with it where the kernel can be asked', async () => {
    const stateDir = join(folder, 'without-leftover');
    const left = await killedLauncher(stateDir, process.env);
    if (process.platform === 'linux') await eventually(() => !alive(left));
    const stack = await start(stateDir);
    expect(await query(stack.adminUrl, 'SELECT id FROM launched')).toEqual([{ id: 1 }]);
    await stack.close();
  }, 120_000);
});

describe('a process that yields', () => {
  it('lets the others have the cores, whichever session they belong to', async () => {
    const stateDir = join(folder, 'yielding');
    mkdirSync(stateDir);
    const sleeper = new SupervisedProcess(
      {
        ...{ name: 'sleeper', command: 'sleep', args: ['600'], env: process.env, cwd: stateDir, yields: true },
        ...{ logFile: join(stateDir, 'log'), stopSignal: 'SIGTERM', stopWithinMs: 5_000 },
        ...{ readyWithinMs: 30_000, startAttempts: 1 },
        ready: async () => readFileSync(`/proc/${sleeper.pid}/comm`, 'utf8') === 'sleep\n',
      },
      new PidFiles(stateDir),
      () => undefined,
    );
    await sleeper.start();
    const session = `/proc/${sleeper.pid}/autogroup`;
    expect(getPriority(sleeper.pid)).toBe(10);
    // Kernels without groups of sessions compare all processes by their own niceness.
    if (existsSync(session)) expect(readFileSync(session, 'utf8')).toContain('nice 10');
    await sleeper.stop();
  }, 40_000);
});

describe('a port that is taken', () => {
  it('is named with the variable that moves it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const starting = startStack({
      stateDir: join(folder, 'taken'),
      parts: ['postgres'],
      settings: { PFI_POSTGRES_PORT: String(port) },
    });
    await expect(starting).rejects.toThrow(
      `port ${port} (postgres) is taken by another program: free it, or set PFI_POSTGRES_PORT`,
    );
    await new Promise((resolve) => server.close(resolve));
  });
});
