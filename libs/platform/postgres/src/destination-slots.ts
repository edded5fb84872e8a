import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';
import { fairShare, giveBackSlots, renewSlots, takeSlots } from './slot-leases.js';
import type { SlotsOf } from './slot-leases.js';

export interface DestinationSlotsOptions {
  /** Connected as `<schema>_system`. */
  readonly database: Database;
  /** Concurrent calls allowed at one destination for one owner, over all replicas. Default 8. */
  readonly slots?: number;
  /** Slots of a process that died are free after this; those in use are renewed every third of it. Default 10 s. */
  readonly ttlMs?: number;
  /** A slot that nobody here wants is kept this long before it is given back. Default 1 s. */
  readonly keepMs?: number;
  /** Told of failed renewals. */
  readonly onError?: (error: unknown) => void;
}

/** The right to make one call. */
export interface Slot {
  readonly destination: string;
  readonly owner: string;
  /** From 1. */
  readonly slot: number;
  /** False when the slot had expired and was given to another. */
  renew(): Promise<boolean>;
  /** Gives the slot back; no effect the second time, nor when it had expired. */
  release(): Promise<void>;
}

interface Held {
  readonly slot: number;
  /** Monotonic, ms: when the lease was last known to hold, and when it was last used. */
  leasedAt: number;
  idleSince: number;
  inUse: boolean;
  lost: boolean;
}

interface Share extends SlotsOf {
  held: Held[];
  /** Callers that wait for the statement to come. */
  wanting: ((slot: Held | null) => void)[];
  failing: ((error: unknown) => void)[];
  taking: boolean;
  /** Callers that wait for another one here to be done. */
  readonly queue: Set<(slot: Held) => void>;
  /** How many of those held may be kept; fewer when another process waits. */
  keep: number;
}

/**
 * Limits at a destination as leases in PostgreSQL (design D14), apart from the workers of a replica. A process leases several
 * slots in one statement, hands them out to its own callers, renews them together while they are wanted, and leaves a share
 * to those who wait.
 */
export class DestinationSlots {
  readonly #database: Database;
  readonly #limit: number;
  readonly #ttlMs: number;
  readonly #keepMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #process = randomUUID();
  readonly #shares = new Map<string, Share>();
  #timer: NodeJS.Timeout | undefined;
  #renewing = false;
  #renewedAt = performance.now();

  constructor(options: DestinationSlotsOptions) {
    this.#database = options.database;
    this.#limit = options.slots ?? 8;
    this.#ttlMs = options.ttlMs ?? 10_000;
    this.#keepMs = options.keepMs ?? 1_000;
    this.#onError = options.onError ?? (() => undefined);
  }

  /**
   * A slot, or null when all are taken: give the job back with `release`. `waitMs`: how long one that this process holds may
   * be waited for.
   */
  async acquire(destination: string, owner: string, waitMs = 0): Promise<Slot | null> {
    const share = this.#shareOf(destination, owner);
    const held = this.#idle(share) ?? (await this.#taken(share)) ?? (await this.#handedOn(share, waitMs));
    return held && this.#slot(share, held);
  }

  /** Gives back what is held, so that another instance need not wait for it. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const share of this.#shares.values()) await this.#giveBack(share, share.held);
  }

  #shareOf(destination: string, owner: string): Share {
    const key = `${destination}\n${owner}`;
    const known = this.#shares.get(key);
    if (known) return known;
    const limit = this.#limit;
    const share: Share = {
      ...{ destination, owner, limit, keep: limit },
      ...{ held: [], wanting: [], failing: [], taking: false, queue: new Set() },
    };
    this.#shares.set(key, share);
    return share;
  }

  #idle(share: Share): Held | undefined {
    // A lease about to end is not handed out: its renewal may come too late.
    const oldest = performance.now() - this.#ttlMs / 2;
    const held = share.held.find((one) => !one.inUse && !one.lost && one.leasedAt > oldest);
    if (held) held.inUse = true;
    return held;
  }

  /** Callers at the same time share one statement. */
  #taken(share: Share): Promise<Held | null> {
    return new Promise((resolve, reject) => {
      share.wanting.push(resolve);
      share.failing.push(reject);
      if (!share.taking) void this.#take(share);
    });
  }

  #handedOn(share: Share, waitMs: number): Promise<Held | null> {
    if (waitMs <= 0 || !share.held.some(({ lost }) => !lost)) return Promise.resolve(null);
    return new Promise((resolve) => {
      const give = (slot: Held | null): void => {
        clearTimeout(timer);
        share.queue.delete(give);
        resolve(slot);
      };
      const timer = setTimeout(() => give(null), waitMs);
      share.queue.add(give);
    });
  }

  async #take(share: Share): Promise<void> {
    share.taking = true;
    while (share.wanting.length > 0) {
      const wanting = share.wanting.splice(0);
      const failing = share.failing.splice(0);
      const wanted = Math.min(wanting.length, share.keep - share.held.length);
      try {
        const leasedAt = performance.now();
        const slots =
          wanted <= 0
            ? []
            : await this.#database.transaction([], (tx) => takeSlots(tx, share, this.#process, wanted, this.#ttlMs));
        const fresh = slots.map((slot) => this.#hold(share, slot, leasedAt));
        wanting.forEach((give, place) => give(fresh[place] ?? this.#idle(share) ?? null));
      } catch (error) {
        failing.forEach((fail) => fail(error));
      }
    }
    share.taking = false;
  }

  #hold(share: Share, slot: number, leasedAt: number): Held {
    const held: Held = { slot, leasedAt, idleSince: leasedAt, inUse: true, lost: false };
    // Ours had expired without our knowing: whoever holds it here no longer does.
    for (const before of share.held) if (before.slot === slot) before.lost = true;
    share.held = [...share.held.filter((one) => one.slot !== slot), held];
    this.#timer ??= setInterval(() => void this.#tick(), Math.min(this.#keepMs / 2, this.#ttlMs / 3)).unref();
    return held;
  }

  #slot(share: Share, held: Held): Slot {
    const { destination, owner } = share;
    let released = false;
    return {
      ...{ destination, owner, slot: held.slot },
      renew: async () => {
        await this.#renew(share, [held]);
        return !held.lost;
      },
      release: async () => {
        if (released) return;
        released = true;
        held.inUse = false;
        held.idleSince = performance.now();
        if (share.held.length > share.keep) return this.#giveBack(share, [held]);
        const [next] = share.queue;
        const idle = next && this.#idle(share);
        if (idle) next(idle);
      },
    };
  }

  async #tick(): Promise<void> {
    if (this.#renewing) return;
    this.#renewing = true;
    const now = performance.now();
    const due = now - this.#renewedAt >= this.#ttlMs / 3;
    if (due) this.#renewedAt = now;
    for (const share of this.#shares.values()) {
      await this.#giveBack(
        share,
        share.held.filter(({ inUse, idleSince }) => !inUse && now - idleSince > this.#keepMs),
      );
      if (due && share.held.length > 0) await this.#renew(share, share.held).catch(this.#onError);
    }
    this.#renewing = false;
    if ([...this.#shares.values()].some(({ held }) => held.length > 0)) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #renew(share: Share, some: readonly Held[]): Promise<void> {
    const leasedAt = performance.now();
    const { kept, keep } = await this.#database.transaction([], async (tx) => ({
      kept: await renewSlots(
        tx,
        share,
        this.#process,
        some.map(({ slot }) => slot),
        this.#ttlMs,
      ),
      keep: await fairShare(tx, share, this.#process),
    }));
    for (const held of some) {
      if (kept.has(held.slot)) held.leasedAt = leasedAt;
      else held.lost = true;
    }
    share.held = share.held.filter(({ lost }) => !lost);
    share.keep = keep;
  }

  /** What cannot be given back ends by itself. */
  async #giveBack(share: Share, some: readonly Held[]): Promise<void> {
    if (some.length === 0) return;
    const slots = some.filter(({ lost }) => !lost).map(({ slot }) => slot);
    for (const held of some) held.lost = true;
    share.held = share.held.filter(({ lost }) => !lost);
    await this.#database
      .transaction([], (tx) => giveBackSlots(tx, share, this.#process, slots))
      .catch((error: unknown) => this.#onError(error));
  }
}
