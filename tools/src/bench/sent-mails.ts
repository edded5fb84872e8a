import type { Client } from 'pg';
import { lookRepeatedly } from './repeated-look.js';

const POLL_MS = 200;

/** How long a transaction of the gateway may have begun before it is seen. */
const UNSEEN_MS = 5_000;

export interface MailCounts {
  readonly sent: number;
  readonly delivered: number;
}

interface Look extends MailCounts {
  /** ms since the epoch: every mail written down before is delivered */
  readonly from: number;
  readonly before: number;
}

/** Mails that the operator took, and whose delivery notice was read, since the watch began: by the gateway's own rows. */
export class SentMails {
  counts: MailCounts = { sent: 0, delivered: 0 };
  /** Mails are looked at no more once they and all older ones are delivered: a look must not cost more with each mail. */
  #from = 0;
  #behind = 0;
  #stop = (): Promise<void> => Promise.resolve();

  constructor(private readonly database: Client) {}

  /** Leaves aside what came before. */
  async begin(): Promise<void> {
    const { rows } = await this.database.query<{ from: number }>(
      `SELECT (extract(epoch FROM date_trunc('milliseconds', now())) * 1000)::float8 AS from`,
    );
    this.#from = rows[0]?.from ?? 0;
    this.#stop = lookRepeatedly(POLL_MS, () => this.#look());
  }

  close(): Promise<void> {
    return this.#stop();
  }

  async #look(): Promise<void> {
    const { rows } = await this.database.query<Look>(LOOK, [this.#from, UNSEEN_MS]);
    const look = rows[0];
    if (!look) return;
    this.counts = { sent: this.#behind + look.sent, delivered: this.#behind + look.delivered };
    [this.#from, this.#behind] = [look.from, this.#behind + look.before];
  }
}

const LOOK = `
WITH seen AS (SELECT created_at, sent_at, state FROM mss.message WHERE created_at >= to_timestamp($1::float8 / 1000)),
next AS (SELECT least(min(created_at) FILTER (WHERE state <> 'delivered'),
                      date_trunc('milliseconds', now()) - $2 * interval '1 ms') AS from FROM seen)
SELECT (extract(epoch FROM greatest(next.from, to_timestamp($1::float8 / 1000))) * 1000)::float8 AS from,
  count(*) FILTER (WHERE created_at < next.from)::int AS before, count(sent_at)::int AS sent,
  count(*) FILTER (WHERE state = 'delivered')::int AS delivered
FROM next LEFT JOIN seen ON true GROUP BY next.from`;
