import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformApi, Simulator } from '../../demo/player/index.js';
import type { Case } from '../cases/case.js';
import type { Door, Got } from './door.js';

interface ReceivedView {
  readonly id: string;
  readonly kind: string;
  readonly code: string | null;
  readonly receivedAt: string;
}

/** Mails that somebody put in an applicative mailbox, and what the gateway made of them. */
export class MailboxDoor implements Door {
  readonly #claimed = new Set<string>();

  constructor(
    private readonly simulator: Simulator,
    private readonly api: PlatformApi,
    private readonly address: string,
  ) {}

  async play(bytes: Buffer, of: Case, patienceMs: number): Promise<Got> {
    const since = Date.now();
    const began = performance.now();
    await this.simulator.putMail(this.address, bytes);
    while (performance.now() - began < patienceMs) {
      const answer = await this.api.exchange<{ readonly items: readonly ReceivedView[] }>(
        `${this.api.mssUrl}/received?limit=200&kind=${of.expect.split(' ')[0]}`,
      );
      // newest first: the oldest that fits, so that what came later is left to who sent later
      const mine = answer.body.items.findLast(
        (mail) => told(mail) === of.expect && Date.parse(mail.receivedAt) >= since && !this.#claimed.has(mail.id),
      );
      if (mine) {
        // What came is told without sender, subject or contents: mails that were taken alike are as good as each other.
        this.#claimed.add(mine.id);
        return { answer: told(mine), ms: performance.now() - began, said: JSON.stringify(mine) };
      }
      await delay(1_000);
    }
    throw new Error('no mail was taken so');
  }
}

const told = ({ kind, code }: ReceivedView): string => [kind, code].filter(Boolean).join(' ');
