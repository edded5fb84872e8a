import { setTimeout } from 'node:timers/promises';
import { judge, type IndicatorDefinition } from '@pfi/indicators-core';
import type { Database, Tx } from '@pfi/platform-postgres';
import type { Logger } from '@pfi/platform-telemetry';
import { attachDocuments, loadStays, lockStays } from '../persistence/stay-facts.loader.js';
import { ownersTouched, takeTouched, touchAll } from '../persistence/touched.js';
import { keepVerdicts } from '../persistence/verdicts.js';

export interface JudgingOptions {
  readonly database: Database;
  readonly systemDatabase: Database;
  readonly scopesOf: (owner: string) => readonly string[];
  readonly owners: () => readonly string[];
  readonly definitions: readonly IndicatorDefinition[];
  /** Tells when the stored verdicts were given by other definitions. */
  readonly definitionsHash: string;
  readonly logger: Logger;
  /** Looks by itself this often, for what other instances wrote. Default 2 s. */
  readonly pollMs?: number;
  /** Rest after a turn, in which further events on the same stays come together. Default 400 ms. */
  readonly restMs?: number;
  /** Default 500. */
  readonly batchSize?: number;
}

/**
 * Gives verdicts on the stays that events touched, after these committed. Facts come by several topics at once; judged inside the
 * handlers, two transactions would each miss what the other is writing.
 */
export class Judging {
  readonly #o: JudgingOptions;
  readonly #batch: number;
  #running = false;
  readonly #closed = new AbortController();
  #turn: Promise<void> | undefined;
  #again = false;
  #poll: NodeJS.Timeout | undefined;
  /** Every stay was touched because the definitions changed, and not all are judged yet. */
  #changing = false;

  constructor(options: JudgingOptions) {
    this.#o = options;
    this.#batch = options.batchSize ?? 500;
  }

  /** Returns at once. */
  start(): void {
    this.#running = true;
    this.#poll = setInterval(() => this.wake(), this.#o.pollMs ?? 2_000);
    this.#turn = this.#guarded(() => this.#adoptDefinitions());
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#closed.abort();
    clearInterval(this.#poll);
    await this.#turn;
  }

  wake(): void {
    if (!this.#running) return;
    if (this.#turn) {
      this.#again = true;
      return;
    }
    this.#turn = this.#guarded(() => this.#drain());
  }

  #guarded(work: () => Promise<void>): Promise<void> {
    return work()
      .catch((error: unknown) => {
        this.#o.logger.warn({ code: codeOf(error) }, 'stays could not be judged, tried again');
      })
      .then(() => this.#rest())
      .finally(() => {
        this.#turn = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.wake();
      });
  }

  async #rest(): Promise<void> {
    if (this.#running)
      await setTimeout(this.#o.restMs ?? 400, undefined, { signal: this.#closed.signal }).catch(() => undefined);
  }

  async #adoptDefinitions(): Promise<void> {
    const { database, definitionsHash, logger } = this.#o;
    const stale = await database.transaction(['ght'], (tx) =>
      tx.query(`SELECT 1 FROM generation WHERE state IN ('live', 'building') AND definitions <> $1`, [definitionsHash]),
    );
    if (stale.length > 0) {
      logger.info({ definitions: definitionsHash }, 'definitions changed, every stay is judged again');
      for (const owner of this.#o.owners()) {
        await database.transaction([...this.#o.scopesOf(owner)], (tx) => touchAll(tx, owner));
      }
      this.#changing = true;
    }
    this.#again = true;
  }

  async #drain(): Promise<void> {
    const { systemDatabase } = this.#o;
    for (;;) {
      const owners = await ownersTouched(systemDatabase);
      if (owners.length === 0) break;
      let taken = 0;
      for (const owner of owners) taken += await this.#judgeOwner(owner);
      // What is left is in the hands of another instance.
      if (taken === 0 || !this.#running) return;
    }
    if (this.#changing) await this.#definitionsAdopted();
  }

  async #judgeOwner(owner: string): Promise<number> {
    let taken = 0;
    for (let some = this.#batch; this.#running && some === this.#batch; taken += some) {
      some = await this.#judgeSome(owner);
    }
    return taken;
  }

  /** One transaction; says how much it took. */
  async #judgeSome(owner: string): Promise<number> {
    return this.#o.database.transaction([...this.#o.scopesOf(owner)], async (tx) => {
      const touched = await takeTouched(tx, owner, this.#batch);
      if (touched.length === 0) return 0;
      const generations = await tx.query<{ id: number }>(
        `SELECT id FROM generation WHERE state IN ('live', 'building') ORDER BY id`,
      );
      for (const { id } of generations) {
        await attachDocuments(tx, id, touched);
        await this.#judgeStays(tx, id, await lockStays(tx, id, touched));
      }
      return touched.length;
    });
  }

  async #judgeStays(tx: Tx, generation: number, ids: readonly string[]): Promise<void> {
    // A statement of its own, after the locks: it sees all that committed before them.
    const stays = await loadStays(tx, generation, ids);
    await keepVerdicts(
      tx,
      generation,
      stays.map(({ owner, facts }) => ({
        owner,
        stayId: facts.stayId,
        establishment: facts.establishment,
        judgements: this.#o.definitions.flatMap((definition) => {
          const judgement = judge(definition, facts);
          return judgement ? [[definition.code, judgement] as const] : [];
        }),
      })),
    );
  }

  async #definitionsAdopted(): Promise<void> {
    await this.#o.database.transaction(['ght'], (tx) =>
      tx.execute(`UPDATE generation SET definitions = $1 WHERE state IN ('live', 'building')`, [
        this.#o.definitionsHash,
      ]),
    );
    this.#changing = false;
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? 'UNKNOWN');
