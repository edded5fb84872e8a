import type { ServiceName } from '../../stack/environment.js';
import { services } from '../../stack/environment.js';
import type { Stack } from '../../stack/stack.js';
import type { Doors } from '../traffic/hospital-line.js';

/** The instances of each service that run now. */
export class Instances {
  readonly #stack: Stack;
  readonly #names = new Map<ServiceName, string[]>(services.map((service) => [service, [service]]));

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  of(service: ServiceName): readonly string[] {
    return this.#names.get(service) ?? [];
  }

  get all(): readonly string[] {
    return services.flatMap((service) => this.of(service));
  }

  /** One more instance of these services, for good. */
  async double(which: readonly ServiceName[]): Promise<void> {
    await Promise.all(
      which.map(async (service) => this.#names.get(service)?.push(await this.#stack.startReplica(service))),
    );
  }

  get doors(): Doors {
    const ports = (service: ServiceName) => this.of(service).map((name) => this.#stack.mllpPort(name));
    return { identity: ports('identity'), documents: ports('documents') };
  }

  /** Resolves when every process is there again. */
  async ready(): Promise<void> {
    await Promise.all(this.#processes.map((name) => this.#stack.whenReady(name)));
  }

  /** Starts what a disturbance that failed left down: the next one must not find the traces of this one. */
  async whole(): Promise<void> {
    await Promise.all(this.#processes.map((name) => this.#stack.start(name)));
  }

  get #processes(): readonly string[] {
    return ['postgres', 'kafka', ...this.all];
  }
}
