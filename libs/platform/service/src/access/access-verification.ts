import type { Database } from '@pfi/platform-postgres';
import { BEGINNING, contentDigest, linkDigest, type Link, type SealedRecord } from './access-digest.js';
import { RECORD_COLUMNS } from './access-seal.js';
import { SHORTEST_RETENTION_DAYS } from './access-tables.js';

/** What is wrong with a segment: its records, its own row, its place after the one before, or the end of its records before their time. */
export type ChainFault = 'RECORDS_ALTERED' | 'SEGMENT_ALTERED' | 'CHAIN_BROKEN' | 'REMOVED_EARLY';

export interface OwnerVerification {
  readonly owner: string;
  readonly segments: number;
  /** Records that were read again and found as sealed. */
  readonly records: number;
  /** Written since the last seal. */
  readonly unsealed: number;
  /** Digest of the last segment: to compare with the log; null when no segment was read. */
  readonly digest: string | null;
  readonly faults: readonly { readonly segment: number; readonly fault: ChainFault }[];
}

interface Segment extends Link {
  readonly digest: string;
  readonly removed: boolean;
  /** Removed before the shortest time. */
  readonly early: boolean;
}

interface Place {
  readonly number: number;
  readonly previous: string;
}

/** Segments of one transaction: years of trail hold nothing. */
const PAGE = 50;

const micros = (column: string): string => `(extract(epoch FROM ${column}) * 1000000)::bigint::text`;

/**
 * Reads the trail of each owner again and compares it with its chain, from the first segment whose last record is of `since` (ISO
 * 8601 instant) or later. `scopes` says whose rows are seen: of a principal, or none for the system role, which sees all.
 */
export async function verifyAccessTrail(
  database: Database,
  scopes: readonly string[],
  since = '1970-01-01T00:00:00Z',
): Promise<OwnerVerification[]> {
  const owners = await database.transaction(scopes, (tx) =>
    tx.query<{ owner: string; unsealed: number; first: number }>(
      `SELECT owner, sum(unsealed)::int AS unsealed, max(first) AS first FROM (
         SELECT owner, count(*) AS unsealed, 1::bigint AS first FROM access_record WHERE segment IS NULL GROUP BY owner
         UNION ALL
         SELECT owner, 0, coalesce(min(number) FILTER (WHERE last_at >= $1::timestamptz), max(number) + 1) FROM access_segment
         GROUP BY owner) AS each
       GROUP BY owner ORDER BY owner`,
      [since],
    ),
  );
  const verified: OwnerVerification[] = [];
  for (const { owner, unsealed, first } of owners) {
    verified.push({ owner, unsealed, ...(await verifyChain(database, scopes, owner, first)) });
  }
  return verified;
}

async function verifyChain(
  database: Database,
  scopes: readonly string[],
  owner: string,
  first: number,
): Promise<Omit<OwnerVerification, 'owner' | 'unsealed'>> {
  const faults: { segment: number; fault: ChainFault }[] = [];
  let place = await placeBefore(database, scopes, owner, first);
  let [segments, records] = [0, 0];
  for (;;) {
    const page = await readSegments(database, scopes, owner, place.number);
    for (const { segment, sealed } of page) {
      const fault = faultOf(segment, sealed, place);
      if (fault) faults.push({ segment: segment.number, fault });
      else records += sealed.length;
      place = { number: segment.number, previous: segment.digest };
    }
    segments += page.length;
    if (page.length < PAGE) return { segments, records, digest: segments > 0 ? place.previous : null, faults };
  }
}

async function placeBefore(
  database: Database,
  scopes: readonly string[],
  owner: string,
  first: number,
): Promise<Place> {
  const [before] = await database.transaction(scopes, (tx) =>
    tx.query<{ digest: string }>(`SELECT digest FROM access_segment WHERE owner = $1 AND number = $2`, [
      owner,
      first - 1,
    ]),
  );
  return { number: first - 1, previous: before?.digest ?? BEGINNING };
}

function readSegments(
  database: Database,
  scopes: readonly string[],
  owner: string,
  after: number,
): Promise<{ segment: Segment; sealed: readonly SealedRecord[] }[]> {
  return database.transaction(scopes, async (tx) => {
    const segments = await tx.query<Segment>(
      `SELECT owner, number, records, ${micros('first_at')} AS "firstAt", ${micros('last_at')} AS "lastAt", content, previous, digest,
              removed_at IS NOT NULL AS removed,
              coalesce(removed_at < last_at + interval '${SHORTEST_RETENTION_DAYS} days', false) AS early
       FROM access_segment WHERE owner = $1 AND number > $2 ORDER BY number LIMIT ${PAGE}`,
      [owner, after],
    );
    const records = await tx.query<SealedRecord & { segment: number }>(
      `SELECT ${RECORD_COLUMNS}, segment FROM access_record
       WHERE segment > $2 AND segment <= $3 AND owner = $1 ORDER BY access_record.id`,
      [owner, after, segments.at(-1)?.number ?? after],
    );
    const sealed = Map.groupBy(records, ({ segment }) => segment);
    return segments.map((segment) => ({ segment, sealed: sealed.get(segment.number) ?? [] }));
  });
}

function faultOf(segment: Segment, sealed: readonly SealedRecord[], before: Place): ChainFault | undefined {
  if (segment.number !== before.number + 1 || segment.previous !== before.previous) return 'CHAIN_BROKEN';
  if (linkDigest(segment) !== segment.digest) return 'SEGMENT_ALTERED';
  if (segment.removed && segment.early) return 'REMOVED_EARLY';
  if (segment.removed) return sealed.length > 0 ? 'RECORDS_ALTERED' : undefined;
  return contentDigest(sealed) === segment.content ? undefined : 'RECORDS_ALTERED';
}
