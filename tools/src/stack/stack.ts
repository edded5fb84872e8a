import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applicationPlan } from './applications.js';
import { instancePorts, machineClient, serviceEnvironment } from './environment.js';
import type { PartName, ServiceName, Surroundings } from './environment.js';
import type { PidFiles } from './pid-file.js';
import { freePorts } from './ports.js';
import type { Ports } from './ports.js';
import { StackFault } from './stack-fault.js';
import { SupervisedProcess } from './supervised-process.js';

export interface StackState {
  readonly stateDir: string;
  readonly ports: Ports;
  readonly adminUrl: string | undefined;
  readonly kafkaBrokers: string | undefined;
  readonly surroundings: Surroundings | undefined;
  /** Applications whose CPU profile is wanted. */
  readonly profiled: readonly string[];
  readonly pids: PidFiles;
  readonly log: (line: string) => void;
}

/** The order in which things end: those that depend on others first. */
const stopOrder = (name: string): number =>
  name === 'postgres' || name === 'kafka' || name === 'greenmail' ? 2 : name === 'national-sim' ? 1 : 0;

/** A running platform: its addresses, and a hand on each of its processes. */
export class Stack {
  readonly stateDir: string;
  readonly ports: Ports;
  readonly #state: StackState;
  readonly #processes = new Map<string, SupervisedProcess>();
  readonly #urls = new Map<string, string>();
  readonly #mllpPorts = new Map<string, number>();
  #closing: Promise<void> | undefined;

  constructor(state: StackState) {
    this.#state = state;
    this.stateDir = state.stateDir;
    this.ports = state.ports;
  }

  /** Superuser address of the platform's database. */
  get adminUrl(): string {
    return demanded(this.#state.adminUrl, 'PostgreSQL');
  }

  get kafkaBrokers(): string {
    return demanded(this.#state.kafkaBrokers, 'Kafka');
  }

  /** Files, secrets and database addresses that the services were given. */
  get surroundings(): Surroundings {
    return demanded(this.#state.surroundings, 'the services');
  }

  /** The environment of the first instance of a service. */
  env(service: ServiceName): Record<string, string> {
    return serviceEnvironment(service, this.surroundings);
  }

  /** The machine client known to the simulated OpenID provider. */
  get machineClient(): { readonly id: string; readonly secret: string } {
    return machineClient;
  }

  /** Base address of the HTTP door of a service, a further instance or the simulator. */
  url(name: string): string {
    return demanded(this.#urls.get(name), name);
  }

  /** Port of the MLLP door of a service or a further instance. */
  mllpPort(name: string): number {
    return demanded(this.#mllpPorts.get(name), `the MLLP door of ${name}`);
  }

  /** Every process, in the order of its start. */
  get names(): readonly string[] {
    return [...this.#processes.keys()];
  }

  /** How many times a process was restarted after a crash. */
  restarts(name: string): number {
    return this.#process(name).restarts;
  }

  pid(name: string): number | undefined {
    return this.#process(name).pid;
  }

  /** All that a process wrote. */
  logs(name: string): string {
    const file = join(this.stateDir, 'logs', `${name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Starts a stopped process and resolves when it is ready. */
  async start(name: string): Promise<void> {
    await this.#process(name).start();
  }

  /** Ends a process in order and keeps it down. */
  async stop(name: string): Promise<void> {
    await this.#process(name).stop();
  }

  /** Sends a signal; what ends by it is restarted like any crash: see `whenReady`, or `stop` to keep it down. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#process(name).kill(signal);
  }

  /** Resolves when a process, or all of them, are ready again. */
  async whenReady(name?: string): Promise<void> {
    const awaited = name === undefined ? [...this.#processes.values()] : [this.#process(name)];
    await Promise.all(awaited.map((process) => process.whenReady()));
  }

  /**
   * Starts one more instance of a service on free ports, `settings` over its environment. @returns its name, for `url`, `kill`,
   * `stop`, `logs`.
   */
  async startReplica(
    service: ServiceName,
    settings: Readonly<Record<string, string>> = {},
    until: 'live' | 'ready' = 'ready',
  ): Promise<string> {
    const number = this.names.filter((name) => name === service || name.startsWith(`${service}-`)).length + 1;
    const base = await freePorts(2);
    const hasMllp = instancePorts(service, this.ports).mllp !== undefined;
    const ports = { http: base, ...(hasMllp ? { mllp: base + 1 } : {}) };
    const name = `${service}-${number}`;
    const env = { ...serviceEnvironment(service, this.surroundings, ports), ...settings };
    await this.startApplication(name, service, env, ports.http, until);
    return name;
  }

  /** Stops everything, dependants first. Safe to call again. */
  close(): Promise<void> {
    this.#closing ??= this.#stopAll();
    return this.#closing;
  }

  /** Takes a started process under the stack's care. */
  adopt(process: SupervisedProcess): void {
    this.#processes.set(process.plan.name, process);
  }

  async startApplication(
    name: string,
    app: Exclude<PartName, 'postgres' | 'kafka' | 'greenmail'>,
    env: Readonly<Record<string, string>>,
    httpPort: number,
    until: 'live' | 'ready' = 'ready',
  ): Promise<void> {
    const profiled = this.#state.profiled.includes(app);
    const plan = applicationPlan({ name, app, env, httpPort, profiled, until }, this.stateDir);
    const process = new SupervisedProcess(plan, this.#state.pids, this.#state.log);
    this.adopt(process);
    this.#urls.set(name, `http://127.0.0.1:${httpPort}`);
    if (env['PFI_MLLP_PORT']) this.#mllpPorts.set(name, Number(env['PFI_MLLP_PORT']));
    await process.start();
  }

  async #stopAll(): Promise<void> {
    for (const rank of [0, 1, 2]) {
      const group = [...this.#processes].filter(([name]) => stopOrder(name) === rank);
      await Promise.all(group.map(([, process]) => process.stop()));
    }
    this.#state.pids.releaseFolder();
  }

  #process(name: string): SupervisedProcess {
    const process = this.#processes.get(name);
    if (process) return process;
    throw new StackFault(`nothing named ${name} was started here; there is ${this.names.join(', ')}`);
  }
}

function demanded<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new StackFault(`${what} is no part of this stack`);
}
