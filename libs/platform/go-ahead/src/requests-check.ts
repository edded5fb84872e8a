import type { InFlightPage, LostCode } from '@pfi/contracts';
import type { Database, Tx } from '@pfi/platform-postgres';
import type { GoAheadClient } from './go-ahead-client.js';

export type RequestInFlight = InFlightPage['items'][number];

/** A request that does not go on, and why. */
export interface LostRequest {
  readonly deliveryId: string;
  readonly code: LostCode;
}

export interface RequestsCheckOptions {
  readonly documents: Pick<GoAheadClient<unknown>, 'requestsInFlight' | 'reportInFlight'>;
  readonly database: Database;
  readonly channels: readonly string[];
  /** Every owner of the group. */
  readonly owners: readonly string[];
  /** Of these requests, those that this gateway does not work at. */
  readonly lost: (tx: Tx, requests: readonly RequestInFlight[]) => Promise<readonly LostRequest[]>;
}

/** Holds what documents asked for against what this gateway knows, and reports what is missing here (invariant I12). */
export class RequestsCheck {
  constructor(private readonly options: RequestsCheckOptions) {}

  /** Raises DOCUMENTS_UNAVAILABLE. */
  async run(): Promise<void> {
    const { documents, database, channels, owners, lost } = this.options;
    let after: string | null = null;
    do {
      const page: InFlightPage = await documents.requestsInFlight(channels, after);
      if (page.items.length > 0) {
        const found = await database.transaction(owners, (tx) => lost(tx, page.items));
        await documents.reportInFlight({ examined: page.items.map(({ deliveryId }) => deliveryId), lost: [...found] });
      }
      after = page.next;
    } while (after !== null);
  }
}

/**
 * SQL of `lost` for a gateway: its table of deliveries (`delivery_id`, `request`, `state`), the states in which somebody works at
 * one, and the queue of that work. An outcome that this gateway has still to publish is on its way, not missing.
 * $1 delivery ids, $2 requests.
 */
export const lostRequestsSql = (table: string, working: readonly string[], queue: string): string =>
  `SELECT "deliveryId", code FROM (
     SELECT n.id AS "deliveryId", CASE
       WHEN k.delivery_id IS NULL THEN 'REQUEST_UNKNOWN'
       WHEN k.state IN (${working.map((state) => `'${state}'`).join(', ')}) THEN
         CASE WHEN NOT EXISTS (SELECT FROM job j WHERE j.owner = k.owner AND j.queue = '${queue}'
           AND j.key = n.id || ':' || k.request AND j.state IN ('ready', 'running')) THEN 'WORK_MISSING' END
       WHEN NOT EXISTS (SELECT FROM outbox o WHERE o.published_at IS NULL AND o.owner = k.owner
         AND o.aggregate = k.lineage_id::text) AND k.updated_at < now() - interval '1 minute' THEN 'OUTCOME_MISSING'
       END AS code
     FROM unnest($1::uuid[], $2::int[]) AS n (id, request)
     LEFT JOIN ${table} k ON k.delivery_id = n.id AND k.request >= n.request) AS judged
   WHERE code IS NOT NULL`;
