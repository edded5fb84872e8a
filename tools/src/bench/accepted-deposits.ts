import type { DmpRequest } from '../demo/player/index.js';
import { lookRepeatedly } from './repeated-look.js';

const POLL_MS = 100;

/** What the simulated DMP accepted since the watch began, by its own admin API. */
export class AcceptedDeposits {
  /** When each document was accepted, by its uniqueId, as the simulator's clock has it (ms since the epoch). */
  readonly at = new Map<string, number>();
  /** Requests that were answered otherwise, by code. */
  readonly refused = new Map<string, number>();
  #since = 0;
  #stop = (): Promise<void> => Promise.resolve();

  constructor(private readonly adminUrl: string) {}

  /** Leaves aside what came before. */
  async begin(): Promise<void> {
    this.#since = (await this.#page(Number.MAX_SAFE_INTEGER)).last;
    this.#stop = lookRepeatedly(POLL_MS, () => this.#look());
  }

  close(): Promise<void> {
    return this.#stop();
  }

  async #look(): Promise<void> {
    const { items, last } = await this.#page(this.#since);
    this.#since = last;
    for (const { operation, outcome, uniqueIds, at, code } of items) {
      if (operation !== 'iti-41') continue;
      if (outcome === 'success') for (const id of uniqueIds) this.at.set(id, Date.parse(at));
      else this.refused.set(code ?? outcome, (this.refused.get(code ?? outcome) ?? 0) + 1);
    }
  }

  async #page(since: number): Promise<{ readonly items: readonly DmpRequest[]; readonly last: number }> {
    const response = await fetch(`${this.adminUrl}/dmp/requests?since=${since}`);
    return (await response.json()) as { items: DmpRequest[]; last: number };
  }
}
