import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { topics } from '@pfi/contracts';
import { KafkaEventBus } from '@pfi/platform-messaging';
import { loadGhtFile } from '@pfi/platform-settings';
import { workspaceRoot } from '../workspace.js';
import { migrate } from './applications.js';
import { provisionServices } from './database-roles.js';
import {
  instancePorts,
  isService,
  machineClientOf,
  migrationEnvironment,
  parts as allParts,
  replacedParts,
  serviceEnvironment,
  services,
  simulatorEnvironment,
} from './environment.js';
import type { PartName, ServiceName, Surroundings } from './environment.js';
import { startGreenMail } from './greenmail.js';
import { startKafka } from './kafka.js';
import { PidFiles } from './pid-file.js';
import { choosePorts, refuseTakenPorts } from './ports.js';
import type { PortChoice, Ports } from './ports.js';
import { startPostgres } from './postgres.js';
import { removeData } from './postgres-place.js';
import { cacheDir, defaultStateDir, readSettings } from './settings.js';
import { Stack } from './stack.js';
import { StackFault } from './stack-fault.js';
import type { SupervisedProcess } from './supervised-process.js';
import { ensureTestPki } from './test-pki.js';

export interface StackOptions {
  /** Data, logs, secrets, process files. Default `.pfi/state`. */
  readonly stateDir?: string;
  /** Removes an earlier state first. */
  readonly fresh?: boolean;
  /** What to start; a part whose variable is set is left out. Default all. */
  readonly parts?: readonly PartName[];
  /** `free` runs beside anything else. Default `default`. */
  readonly ports?: PortChoice;
  /** Name of the database. Default `pfi`. */
  readonly database?: string;
  /** Default `PFI_GHT_FILE`, else `deploy/ght.example.yaml`. */
  readonly ghtFile?: string;
  /** `PFI_*` settings, passed to every service. Default: the environment over `.env`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Applications that write a V8 CPU profile into `profiles/` of the state folder when they end. */
  readonly profiled?: readonly string[];
  readonly log?: (line: string) => void;
  /** Gives up the start: what runs is stopped, `startStack` rejects. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a platform and resolves when every part is ready; after a failure nothing is left running.
 * @throws StackFault when the state folder is in use, a port is taken, or a part does not start.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const settings = options.settings ?? readSettings();
  const stateDir = resolve(options.stateDir ?? defaultStateDir(settings));
  const log = options.log ?? (() => undefined);
  mkdirSync(stateDir, { recursive: true });
  const pids = new PidFiles(stateDir);
  pids.takeFolder();
  const running: SupervisedProcess[] = [];
  let stack: Stack | undefined;
  const stopAll = async () => {
    await stack?.close();
    await Promise.all(running.map((process) => process.stop()));
  };
  options.signal?.addEventListener('abort', () => void stopAll(), { once: true });
  try {
    const left = await pids.endLeftovers((name) => (name === 'postgres' ? 'SIGINT' : 'SIGTERM'));
    if (left.length > 0) log(`ended what an earlier run had left: ${left.join(', ')}`);
    if (options.fresh) removeState(stateDir);
    for (const folder of ['logs', 'secrets']) mkdirSync(join(stateDir, folder), { recursive: true, mode: 0o700 });
    const replaced = replacedParts(settings);
    const started = (options.parts ?? allParts).filter((part) => !replaced.includes(part));
    const ports = await choosePorts(options.ports ?? 'default', settings);
    await refuseTakenPorts(ports, started);
    const context: Context = { options, settings, stateDir, ports, started, pids, log };

    const keep = (process: SupervisedProcess) => void running.push(process);
    const outside = await settled(
      startPostgresPart(context, keep),
      startKafkaPart(context, keep),
      startGreenMailPart(context, keep),
    );
    options.signal?.throwIfAborted();
    const [adminUrl, kafkaBrokers] = outside;
    const applications = started.filter((part) => part === 'national-sim' || isService(part));
    const surroundings = applications.length > 0 ? await surround(context, adminUrl, kafkaBrokers) : undefined;
    const { profiled = [] } = options;
    stack = new Stack({ stateDir, ports, adminUrl, kafkaBrokers, surroundings, profiled, pids, log });
    for (const process of running) stack.adopt(process);
    if (surroundings) await startApplications(stack, context, surroundings);
    options.signal?.throwIfAborted();
    return stack;
  } catch (error) {
    await stopAll();
    pids.releaseFolder();
    throw error;
  }
}

/** Removes what a state folder holds, except who runs on it. */
export function removeState(stateDir: string): void {
  removeData(stateDir);
  for (const folder of ['kafka', 'greenmail', 'national-sim', 'logs', 'secrets', 'profiles']) {
    rmSync(join(stateDir, folder), { recursive: true, force: true });
  }
}

interface Context {
  readonly options: StackOptions;
  readonly settings: Readonly<Record<string, string>>;
  readonly stateDir: string;
  readonly ports: Ports;
  readonly started: readonly PartName[];
  readonly pids: PidFiles;
  readonly log: (line: string) => void;
}

type Keep = (process: SupervisedProcess) => void;

async function startPostgresPart(context: Context, keep: Keep): Promise<string | undefined> {
  const { settings, started, stateDir, ports, pids, log } = context;
  if (!started.includes('postgres')) return settings['PFI_DATABASE_ADMIN_URL'] ?? settings['PFI_DATABASE_URL'];
  const database = context.options.database ?? 'pfi';
  return startPostgres({ stateDir, port: ports.postgres, database, pids, log, keep });
}

async function startKafkaPart(context: Context, keep: Keep): Promise<string | undefined> {
  const { settings, started, stateDir, ports, pids, log } = context;
  const own = started.includes('kafka');
  const brokers = own ? `127.0.0.1:${ports.kafka}` : settings['PFI_KAFKA_BROKERS'];
  if (own) {
    const listeners = { port: ports.kafka, controllerPort: ports.kafkaController };
    await startKafka({ stateDir, cacheDir: cacheDir(settings), ...listeners, pids, log, keep });
  }
  if (brokers && started.some(isService)) await ensureTopics(brokers, settings['PFI_KAFKA_TOPIC_PREFIX']);
  return brokers;
}

async function startGreenMailPart(context: Context, keep: Keep): Promise<void> {
  const { settings, started, stateDir, ports, pids, log } = context;
  if (!started.includes('greenmail')) return;
  await startGreenMail({ stateDir, cacheDir: cacheDir(settings), port: ports.greenmail, pids, log, keep });
}

async function ensureTopics(brokers: string, topicPrefix: string | undefined): Promise<void> {
  const bus = new KafkaEventBus({ brokers: brokers.split(','), clientId: 'pfi-tools', topicPrefix });
  try {
    await bus.ensureTopics(Object.values(topics));
  } finally {
    await bus.close();
  }
}

/** Certificates, secrets and database roles: all that the applications find ready. */
async function surround(
  context: Context,
  adminUrl: string | undefined,
  kafkaBrokers: string | undefined,
): Promise<Surroundings> {
  const { settings, stateDir, ports, options } = context;
  if (!adminUrl || !kafkaBrokers) {
    throw new StackFault(
      'the services need PostgreSQL and Kafka: start those parts, or set PFI_DATABASE_ADMIN_URL and PFI_KAFKA_BROKERS',
    );
  }
  const ghtFile = resolve(workspaceRoot, options.ghtFile ?? settings['PFI_GHT_FILE'] ?? 'deploy/ght.example.yaml');
  const secretsDir = settings['PFI_SECRETS_DIR'] ?? join(stateDir, 'secrets', 'services');
  const ght = loadGhtFile(ghtFile, { ...process.env, ...settings, PFI_ZAM_PORT: String(ports.simZam) });
  const clientSecretsDir = join(stateDir, 'secrets', 'oidc-clients');
  mkdirSync(clientSecretsDir, { recursive: true });
  for (const client of services.map(machineClientOf))
    writeFileSync(join(clientSecretsDir, client), client, { mode: 0o600 });
  const [pki, databases] = await Promise.all([
    ensureTestPki(join(stateDir, 'secrets', 'services'), ght.legalEntities),
    provisionServices(adminUrl, stateDir),
  ]);
  const { caFile, dmpServer } = pki;
  return {
    ...{ ports, stateDir, secretsDir, caFile, dmpServer, ghtFile, clientSecretsDir, kafkaBrokers, databases },
    overrides: { ...settings, ...(options.ghtFile ? { PFI_GHT_FILE: ghtFile } : {}) },
  };
}

async function startApplications(stack: Stack, context: Context, surroundings: Surroundings): Promise<void> {
  const { started, ports, stateDir } = context;
  const services = started.filter(isService);
  const simulator = async () => {
    if (!started.includes('national-sim')) return;
    await stack.startApplication('national-sim', 'national-sim', simulatorEnvironment(surroundings), ports.simAdmin);
  };
  const migrations = services.map((service) => migrate(service, migrationEnvironment(service, surroundings), stateDir));
  await settled(simulator(), ...migrations);
  context.options.signal?.throwIfAborted();
  const start = (service: ServiceName) =>
    stack.startApplication(
      service,
      service,
      serviceEnvironment(service, surroundings),
      instancePorts(service, ports).http,
    );
  await settled(...services.filter((service) => service !== 'console').map(start));
  context.options.signal?.throwIfAborted();
  // Last: whoever sees it answer finds everything behind it.
  if (services.includes('console')) await start('console');
}

/** Waits for all, so that nothing still starts while a failure is cleaned up; then throws the first failure. */
async function settled<T extends readonly unknown[]>(...work: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(work);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
