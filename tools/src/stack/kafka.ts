import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { mavenJars } from './maven-jars.js';
import type { Jars } from './maven-jars.js';
import type { PidFiles } from './pid-file.js';
import { StackFault } from './stack-fault.js';
import { SupervisedProcess } from './supervised-process.js';

export interface KafkaOptions {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly pids: PidFiles;
  readonly log: (line: string) => void;
  /** told of the process before it is started, so that it is never left behind */
  readonly keep: (process: SupervisedProcess) => void;
}

const JVM = [
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-XX:-UsePerfData',
  '-Xlog:disable',
  '-Xlog:all=error:stderr',
];

/** Starts one real Apache Kafka broker (KRaft, broker and controller in one) on the loopback. */
export async function startKafka(options: KafkaOptions): Promise<void> {
  const jars = await mavenJars('kafka', options.cacheDir, options.log);
  const folder = join(options.stateDir, 'kafka');
  mkdirSync(folder, { recursive: true });
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, serverProperties(options, join(folder, 'data')));
  const archive = classArchive(jars);
  const broker = new SupervisedProcess(
    {
      name: 'kafka',
      command: 'java',
      args: [...JVM, ...archive.flags, '-cp', jars.classPath, 'kafka.Kafka', properties],
      env: { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'], TZ: 'UTC' },
      cwd: folder,
      logFile: join(options.stateDir, 'logs', 'kafka.log'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 30_000,
      readyWithinMs: 60_000,
      startAttempts: 2,
      ready: () => answersApiVersions(options.port),
      // a volume that was lost is a new one
      prepare: async () => {
        if (!existsSync(join(folder, 'formatted'))) format(jars, folder, properties);
      },
      finish: archive.keep,
    },
    options.pids,
    options.log,
  );
  options.keep(broker);
  await broker.start();
}

function serverProperties(options: KafkaOptions, dataDir: string): string {
  const { port, controllerPort } = options;
  const values = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': dataDir,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 3,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    // the default does not suit a small heap
    'log.cleaner.dedupe.buffer.size': 8_388_608,
    // after kill -9 a restart waits for the old session to expire: 13 s by default
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 1_000,
    // One broker for one platform on a small machine: nothing is written to an idle quorum, and no more threads poll than there are cores.
    'metadata.max.idle.interval.ms': 0,
    'num.io.threads': 2,
    'num.network.threads': 1,
    'group.coordinator.threads': 1,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function format(jars: Jars, folder: string, properties: string): void {
  rmSync(join(folder, 'data'), { recursive: true, force: true });
  // an id that began with "-" would be read as an option
  const id = `p${randomBytes(16).toString('base64url').slice(1, 21)}w`.padEnd(22, 'A');
  const args = ['-cp', jars.classPath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties];
  const result = spawnSync('java', [...JVM, ...args], { encoding: 'utf8' });
  if (result.status !== 0) {
    const text = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim() || String(result.error?.message);
    throw new StackFault(`Kafka's storage could not be formatted: ${text.split('\n').at(-1)}`);
  }
  writeFileSync(join(folder, 'formatted'), id);
}

/** Class data sharing halves the start: the first broker that stops in order leaves the archive for the next ones. */
function classArchive(jars: Jars): { flags: string[]; keep: () => void } {
  const archive = join(jars.folder, `classes-${javaBuild()}.jsa`);
  if (existsSync(archive)) return { flags: [`-XX:SharedArchiveFile=${archive}`], keep: () => undefined };
  const draft = `${archive}.${process.pid}`;
  return {
    flags: [`-XX:ArchiveClassesAtExit=${draft}`],
    keep: () => {
      if (existsSync(draft)) renameSync(draft, archive);
    },
  };
}

function javaBuild(): string {
  const home = process.env['JAVA_HOME'];
  const release = home ? join(home, 'release') : undefined;
  const text =
    release && existsSync(release)
      ? readFileSync(release, 'utf8')
      : spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr;
  return /(?:version "|JAVA_VERSION=")([\w.+-]+)/.exec(text ?? '')?.[1] ?? 'unknown';
}

/** ApiVersions v0, the one request every broker answers: TCP alone could be any program. */
function answersApiVersions(port: number): Promise<boolean> {
  const clientId = 'pfi-probe';
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(18, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(1, 8);
  request.writeInt16BE(clientId.length, 12);
  request.write(clientId, 14, 'latin1');
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(2_000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('connect', () => socket.write(request));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      // length, correlation id, error code
      if (received.length >= 10) finish(received.readInt32BE(4) === 1 && received.readInt16BE(8) === 0);
    });
  });
}
