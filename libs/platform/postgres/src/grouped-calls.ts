import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '@pfi/health';

interface Call<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupedCallsOptions<Item, Result> {
  /** One answer for each item, in order; an Error in its place rejects that call alone. */
  readonly run: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>;
  /** Only items of the same key run together. Default: all. */
  readonly keyOf?: (item: Item) => string;
  /** Weight of a group at most, one item alone excepted. Default 64. */
  readonly limit?: number;
  /** Default 1. */
  readonly weightOf?: (item: Item) => number;
  /** How long the first of a group waits for others, for what nobody waits for. Default 0: no longer than this turn of the event loop. */
  readonly gatherMs?: number;
}

/**
 * Group commit: calls that come while one of their key runs wait for it and then run together, so that many at a time cost one
 * transaction and one alone waits for nothing. When a group fails, each of its items runs alone, so that one never takes others
 * down; when what it needs is unavailable, all fail.
 */
export class GroupedCalls<Item, Result> {
  readonly #options: Required<GroupedCallsOptions<Item, Result>>;
  /** Keys with a group under way, and the calls that wait for it. */
  readonly #waiting = new Map<string, Call<Item, Result>[]>();

  constructor(options: GroupedCallsOptions<Item, Result>) {
    this.#options = { keyOf: () => '', limit: 64, weightOf: () => 1, gatherMs: 0, ...options };
  }

  call(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const key = this.#options.keyOf(item);
      const call = { item, resolve, reject };
      const waiting = this.#waiting.get(key);
      if (waiting) waiting.push(call);
      else {
        this.#waiting.set(key, [call]);
        void this.#drain(key);
      }
    });
  }

  async #drain(key: string): Promise<void> {
    for (;;) {
      // What comes out of one turn of the event loop goes together from the first call on.
      await (this.#options.gatherMs > 0 ? delay(this.#options.gatherMs) : immediate());
      const group = this.#next(this.#waiting.get(key) ?? []);
      if (group.length === 0) break;
      await this.#together(group);
    }
    this.#waiting.delete(key);
  }

  #next(waiting: Call<Item, Result>[]): Call<Item, Result>[] {
    const { limit, weightOf } = this.#options;
    let weight = 0;
    const beyond = waiting.findIndex(({ item }, place) => (weight += weightOf(item)) > limit && place > 0);
    return waiting.splice(0, beyond < 0 ? waiting.length : beyond);
  }

  async #together(group: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const answers = await this.#options.run(group.map(({ item }) => item));
      group.forEach(({ resolve, reject }, place) => {
        const answer = answers[place] as Result | Error;
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    } catch (error) {
      const alone = group.length > 1 && !(error instanceof DomainError && error.kind === 'unavailable');
      if (alone) for (const call of group) await this.#together([call]);
      else for (const { reject } of group) reject(error);
    }
  }
}
