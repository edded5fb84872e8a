import type { Tx } from './tx.js';

/** The slots of one destination for one owner. */
export interface SlotsOf {
  readonly destination: string;
  readonly owner: string;
  /** Slots that exist: 1 to `limit`. */
  readonly limit: number;
}

/** The number under which a process that found no slot says that it waits for one. */
const WISH = 0;

// Numbers are chosen in random order, so that two replicas seldom want the same ones, and locked in theirs.
const take = `INSERT INTO destination_slot AS held (destination, owner, slot, lease_token, lease_until)
SELECT $1, $2, number, $4, now() + make_interval(secs => $5::float8 / 1000) FROM (
  SELECT number FROM (
    SELECT number FROM generate_series(1, $3::int) AS number
    WHERE NOT EXISTS (
      SELECT FROM destination_slot s
      WHERE s.destination = $1 AND s.owner = $2 AND s.slot = number AND s.lease_until >= now())
    ORDER BY random() LIMIT $6) AS chosen
  ORDER BY number) AS free
ON CONFLICT (destination, owner, slot) DO UPDATE
  SET lease_token = excluded.lease_token, lease_until = excluded.lease_until
  WHERE held.lease_until < now()
RETURNING slot`;

const countFree = `SELECT ($3::int - count(*))::int AS free FROM destination_slot
WHERE destination = $1 AND owner = $2 AND slot BETWEEN 1 AND $3::int AND lease_until >= now()`;

const wish = `INSERT INTO destination_slot AS known (destination, owner, slot, lease_token, lease_until)
VALUES ($1, $2, ${WISH}, $3, now() + make_interval(secs => $4::float8 / 1000))
ON CONFLICT (destination, owner, slot) DO UPDATE SET lease_token = excluded.lease_token, lease_until = excluded.lease_until`;

const renew = `UPDATE destination_slot SET lease_until = now() + make_interval(secs => $5::float8 / 1000)
WHERE destination = $1 AND owner = $2 AND slot = ANY($3::int[]) AND lease_token = $4 AND slot <> ${WISH} RETURNING slot`;

const giveBack = `UPDATE destination_slot SET lease_until = '-infinity'
WHERE destination = $1 AND owner = $2 AND slot = ANY($3::int[]) AND lease_token = $4`;

const others = `SELECT count(DISTINCT lease_token) FILTER (WHERE lease_token <> $3)::int AS processes,
  coalesce(bool_or(slot = ${WISH} AND lease_token <> $3), false) AS wished
FROM destination_slot WHERE destination = $1 AND owner = $2 AND lease_until >= now()`;

/** Takes up to `wanted` free slots for a process; says that it waits when there is none. */
export async function takeSlots(
  tx: Tx,
  { destination, owner, limit }: SlotsOf,
  process: string,
  wanted: number,
  ttlMs: number,
): Promise<number[]> {
  for (;;) {
    const taken = await tx.query<{ slot: number }>(take, [destination, owner, limit, process, ttlMs, wanted]);
    if (taken.length > 0) return taken.map(({ slot }) => slot);
    // none: all are taken, or another was faster for those tried, which leaves fewer free each time
    const [left] = await tx.query<{ free: number }>(countFree, [destination, owner, limit]);
    if (left !== undefined && left.free > 0) continue;
    await tx.execute(wish, [destination, owner, process, ttlMs / 2]);
    return [];
  }
}

/** The slots among these that the process still holds, from now on for `ttlMs`. */
export async function renewSlots(
  tx: Tx,
  { destination, owner }: Omit<SlotsOf, 'limit'>,
  process: string,
  slots: readonly number[],
  ttlMs: number,
): Promise<Set<number>> {
  const held = await tx.query<{ slot: number }>(renew, [destination, owner, slots, process, ttlMs]);
  return new Set(held.map(({ slot }) => slot));
}

/** No effect on those that have expired and were given to another. */
export async function giveBackSlots(
  tx: Tx,
  { destination, owner }: Omit<SlotsOf, 'limit'>,
  process: string,
  slots: readonly number[],
): Promise<void> {
  await tx.execute(giveBack, [destination, owner, slots, process]);
}

/** How many slots a process may keep: all it has while nobody else waits for one, then its equal share. */
export async function fairShare(tx: Tx, { destination, owner, limit }: SlotsOf, process: string): Promise<number> {
  const [row] = await tx.query<{ processes: number; wished: boolean }>(others, [destination, owner, process]);
  return row?.wished ? Math.max(1, Math.floor(limit / (row.processes + 1))) : limit;
}
