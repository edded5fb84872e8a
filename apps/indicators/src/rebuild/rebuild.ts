import {
  deliveryCancelledV1,
  deliveryHeldV1,
  deliveryRequestedV1,
  depositAcceptedV1,
  depositParkedV1,
  depositRefusedV1,
  documentRecordedV1,
  documentWithdrawnV1,
  messageBouncedV1,
  messageDeliveredV1,
  messageParkedV1,
  messageReadV1,
  messageRefusedV1,
  messageSentV1,
  patientChangedV1,
  patientsMergedV1,
  stayChangedV1,
  withdrawalAcceptedV1,
} from '@pfi/contracts';
import { PfiError } from '@pfi/health';
import { done, JobRunner, release, type Database, type JobOutcome, type JobQueue } from '@pfi/platform-postgres';
import type { Logger } from '@pfi/platform-telemetry';
import type { OwnerGateway } from '../gateways/republication/owner.gateway.js';
import * as store from '../persistence/generations.js';
import type { Generation } from '../persistence/generations.js';
import { ownersTouched } from '../persistence/touched.js';

export interface RebuildOptions {
  readonly database: Database;
  readonly systemDatabase: Database;
  readonly jobs: JobQueue;
  readonly sources: readonly Pick<OwnerGateway, 'service' | 'request' | 'progress'>[];
  readonly scopesOf: (owner: string) => readonly string[];
  /** Every owner of the group. */
  readonly owners: () => readonly string[];
  readonly definitionsHash: string;
  readonly logger: Logger;
  /** Between two looks at what has come. Default 1 s. */
  readonly lookEveryMs?: number;
}

const QUEUE = 'rebuild';
const GROUP = 'ght';
const ROWS = 5_000;

/** Types whose republication is waited for: all that the consumers take. */
const CONSUMED: ReadonlySet<string> = new Set(
  [
    patientChangedV1,
    patientsMergedV1,
    stayChangedV1,
    documentRecordedV1,
    documentWithdrawnV1,
    deliveryRequestedV1,
    deliveryHeldV1,
    deliveryCancelledV1,
    depositAcceptedV1,
    withdrawalAcceptedV1,
    depositRefusedV1,
    depositParkedV1,
    messageSentV1,
    messageDeliveredV1,
    messageReadV1,
    messageRefusedV1,
    messageBouncedV1,
    messageParkedV1,
  ].map(({ type }) => type),
);

/**
 * Builds the projection again beside the live one (design D10): a new generation takes every event from now on, the owners publish
 * their state again, and when all of it has come and every stay is judged the new one is read in place of the old.
 */
export class Rebuild {
  readonly runner: JobRunner;
  /** What had come at the last look: two looks must agree before the swap. */
  readonly #seen = new Map<number, string>();

  constructor(private readonly options: RebuildOptions) {
    this.runner = new JobRunner({
      database: options.systemDatabase,
      queue: QUEUE,
      jobs: options.jobs,
      perOwner: 1,
      pollMs: 5_000,
      handler: (job: { readonly key: string }) => this.run(Number(job.key)),
      onError: () => options.logger.warn({ queue: QUEUE }, 'rebuild not finished, tried again'),
    });
  }

  /** Raises REBUILD_RUNNING. */
  async start(subject: string): Promise<number> {
    const { database, jobs, definitionsHash } = this.options;
    return database.transaction([GROUP], async (tx) => {
      const id = await store.openGeneration(tx, subject, definitionsHash);
      if (id === null) {
        throw new PfiError(
          'REBUILD_RUNNING',
          'conflict',
          'Une reconstruction est en cours : attendre sa fin, ou l’abandonner.',
        );
      }
      await jobs.enqueue(tx, [{ owner: GROUP, queue: QUEUE, key: String(id), payload: {} }]);
      return id;
    });
  }

  /** Raises REBUILD_NONE. */
  async abandon(): Promise<void> {
    if (await this.options.database.transaction([GROUP], store.abandon)) return;
    throw new PfiError('REBUILD_NONE', 'not-found', 'Aucune reconstruction n’est en cours.');
  }

  /** The newest generations, and what has come for the one being built. */
  async progress(): Promise<{
    readonly generations: readonly Generation[];
    readonly received: Readonly<Record<string, number>>;
    readonly missing: Readonly<Record<string, number>>;
  }> {
    const generations = await this.options.database.transaction([GROUP], store.generations);
    const building = generations.find(({ state }) => state === 'building');
    if (!building) return { generations, received: {}, missing: {} };
    const received = await this.received(building.id);
    return { generations, received, missing: missing(building, received) };
  }

  private received(generation: number): Promise<Record<string, number>> {
    return this.options.database.transaction([...this.options.owners(), GROUP], (tx) => store.received(tx, generation));
  }

  private async run(id: number): Promise<JobOutcome> {
    const { database, lookEveryMs = 1_000 } = this.options;
    const generations = await database.transaction([GROUP], store.generations);
    const generation = generations.find((one) => one.id === id);
    if (generation?.state !== 'building') return this.empty();
    if ((await this.askSources(generation)) && (await this.isComplete(id))) {
      const swapped = await database.transaction([GROUP], (tx) => store.swap(tx, id));
      if (swapped) this.options.logger.info({ generation: id }, 'projection rebuilt');
      return this.empty();
    }
    return release(new Date(Date.now() + lookEveryMs));
  }

  /** True once every owner has published everything. */
  private async askSources({ id, sources }: Generation): Promise<boolean> {
    let finished = true;
    for (const source of this.options.sources) {
      const known = sources[source.service];
      if (known?.state === 'done') continue;
      const said = known ? await source.progress(known.id) : await source.request();
      await this.options.database.transaction([GROUP], (tx) => store.keepSource(tx, id, source.service, said));
      finished &&= said.state === 'done';
    }
    return finished;
  }

  /** Everything has come, every stay is judged, and nothing moved since the last look. */
  private async isComplete(id: number): Promise<boolean> {
    const { database, systemDatabase } = this.options;
    const [generation] = (await database.transaction([GROUP], store.generations)).filter((one) => one.id === id);
    const received = await this.received(id);
    if (!generation || Object.keys(missing(generation, received)).length > 0) return false;
    if ((await ownersTouched(systemDatabase)).length > 0) return false;
    const now = JSON.stringify(received);
    const steady = this.#seen.get(id) === now;
    this.#seen.set(id, now);
    return steady;
  }

  /** Deletes what nobody reads any more, some rows at a time. */
  private async empty(): Promise<JobOutcome> {
    const { database, owners, scopesOf } = this.options;
    const left = await database.transaction([GROUP], store.leftOver);
    for (const id of left) {
      for (const owner of owners()) {
        const some = () => database.transaction([...scopesOf(owner)], (tx) => store.emptySome(tx, id, ROWS));
        while ((await some()) > 0);
      }
      await database.transaction([GROUP], (tx) => store.markEmptied(tx, id));
    }
    return done();
  }
}

function missing({ sources }: Generation, received: Readonly<Record<string, number>>): Record<string, number> {
  const published = Object.values(sources).flatMap((source) => Object.entries(source.published));
  const waited = published
    .filter(([type]) => CONSUMED.has(type))
    .map(([type, events]) => [type, events - (received[type] ?? 0)] as const);
  return Object.fromEntries(waited.filter(([, events]) => events > 0));
}
