import { PfiError } from '@pfi/health';
import type { JobOutcome } from './job.types.js';
import type { Reading, Tx } from './tx.js';

/** What a claim returns: a job row and the lease under which it was taken. */
export interface ClaimedJob {
  readonly id: string;
  readonly owner: string;
  readonly queue: string;
  readonly key: string;
  readonly orderingKey: string | null;
  readonly payload: unknown;
  readonly attempts: number;
  readonly lastCode: string | null;
  readonly traceparent: string | null;
  readonly createdAt: Date;
  readonly leaseToken: string;
}

/** Another runner holds the job now, or it was taken away: nothing of this run may be written. */
export class LeaseLost extends PfiError {
  constructor() {
    super('LEASE_LOST', 'conflict', 'Ce travail a été repris par une autre instance ; rien n’a été écrit ici.');
  }
}

const expire = `UPDATE job SET state = 'ready', lease_token = NULL, lease_until = NULL, last_code = 'LEASE_EXPIRED'
WHERE id IN (
  SELECT id FROM job WHERE queue = $1 AND state = 'running' AND lease_until < now() LIMIT 100 FOR UPDATE SKIP LOCKED
)`;

// Those that have ready work, found by jumping through the index.
const owners = `owners (owner) AS (
  (SELECT owner FROM job WHERE queue = $1 AND state = 'ready' ORDER BY owner LIMIT 1)
  UNION ALL
  SELECT (SELECT j.owner FROM job j WHERE j.queue = $1 AND j.state = 'ready' AND j.owner > o.owner ORDER BY j.owner LIMIT 1)
  FROM owners o WHERE o.owner IS NOT NULL
)`;

// Locked in the one order of all: whoever took them as they come would wait for another that does, until PostgreSQL sees the deadlock a second later.
const held = `SELECT j.id, j.lease_token AS token FROM job j JOIN unnest($1::uuid[], $2::uuid[]) AS mine (id, token)
  ON j.id = mine.id AND j.lease_token = mine.token
WHERE j.state = 'running' ORDER BY j.id FOR UPDATE OF j`;

/** A job that waits for an open circuit is not touched until the next probe is due: thousands would be taken and put back each time. */
const letThrough = (destination: string | undefined, parameter: number): string =>
  destination === undefined
    ? ''
    : `AND NOT EXISTS (SELECT FROM destination_circuit c
      WHERE c.destination = $${parameter} AND c.owner = o.owner AND c.state <> 'closed' AND c.next_probe_at > now())`;

const due = (destination?: string): string => `WITH RECURSIVE ${owners}
SELECT 1 FROM owners o WHERE EXISTS (
  SELECT FROM job j WHERE j.queue = $1 AND j.owner = o.owner AND j.state = 'ready' AND j.run_at <= now())
  ${letThrough(destination, 2)}
UNION ALL
SELECT 1 WHERE EXISTS (SELECT FROM job WHERE queue = $1 AND state = 'running' AND lease_until < now())
LIMIT 1`;

// Each owner gives at most what its share still allows.
const claim = (destination?: string): string => `WITH RECURSIVE ${owners}, picked AS (
  SELECT p.id FROM owners o
  LEFT JOIN unnest($2::text[], $3::int[]) AS busy (owner, jobs) ON busy.owner = o.owner
  CROSS JOIN LATERAL (
    SELECT j.id, j.run_at, j.position FROM job j
    WHERE j.queue = $1 AND j.owner = o.owner AND j.state = 'ready' AND j.run_at <= now()
      AND (j.ordering_key IS NULL OR NOT EXISTS (
        SELECT FROM job earlier
        WHERE earlier.owner = j.owner AND earlier.queue = j.queue AND earlier.ordering_key = j.ordering_key
          AND earlier.position < j.position AND earlier.state IN ('ready', 'running', 'parked')))
    ORDER BY j.run_at, j.position
    LIMIT greatest(0, $4::int - coalesce(busy.jobs, 0))
    FOR UPDATE SKIP LOCKED
  ) p
  WHERE o.owner IS NOT NULL ${letThrough(destination, 7)}
  ORDER BY p.run_at, p.position LIMIT $5
)
UPDATE job j SET state = 'running', attempts = j.attempts + 1, lease_token = gen_random_uuid(),
  lease_until = now() + make_interval(secs => $6::float8 / 1000)
FROM picked WHERE j.id = picked.id
RETURNING j.id, j.owner, j.queue, j.key, j.ordering_key AS "orderingKey", j.payload, j.attempts, j.last_code AS "lastCode",
  j.traceparent, j.created_at AS "createdAt", j.lease_token AS "leaseToken"`;

export interface ClaimRequest {
  readonly queue: string;
  /** Whose open circuits are waited for. */
  readonly destination?: string | undefined;
  /** Jobs that this runner already holds, by owner. */
  readonly busy: ReadonlyMap<string, number>;
  readonly perOwner: number;
  readonly limit: number;
  readonly leaseMs: number;
  /** Gives back first what runners have let expire. */
  readonly expire: boolean;
}

/** Whether a claim may find something: a due job (though it may have to wait for another), or a lease that expired. Takes nothing. */
export async function anyDue(
  reading: Reading,
  { queue, destination }: Pick<ClaimRequest, 'queue' | 'destination'>,
): Promise<boolean> {
  return (await reading.query(due(destination), destination === undefined ? [queue] : [queue, destination])).length > 0;
}

/** Takes due jobs, oldest first. */
export async function claimJobs(tx: Tx, request: ClaimRequest): Promise<ClaimedJob[]> {
  const { queue, destination, busy, perOwner, limit, leaseMs } = request;
  if (request.expire) await tx.execute(expire, [queue]);
  const values = [queue, [...busy.keys()], [...busy.values()], perOwner, limit, leaseMs];
  return tx.query<ClaimedJob>(claim(destination), destination === undefined ? values : [...values, destination]);
}

/** Renews the leases still held; returns their tokens. */
export async function renewLeases(tx: Tx, jobs: readonly ClaimedJob[], leaseMs: number): Promise<Set<string>> {
  const renewed = await tx.query<{ token: string }>(
    `WITH mine AS (${held})
     UPDATE job j SET lease_until = now() + make_interval(secs => $3::float8 / 1000)
     FROM mine WHERE j.id = mine.id RETURNING mine.token`,
    [jobs.map((job) => job.id), jobs.map((job) => job.leaseToken), leaseMs],
  );
  return new Set(renewed.map((row) => row.token));
}

/** A run and how it ended. */
export interface Ending {
  readonly job: ClaimedJob;
  readonly outcome: JobOutcome;
}

/** The tokens of the leases that still hold; they are kept so until the end of `tx`. */
export async function heldLeases(tx: Tx, jobs: readonly ClaimedJob[]): Promise<Set<string>> {
  const locked = await tx.query<{ token: string }>(held, [
    jobs.map((job) => job.id),
    jobs.map((job) => job.leaseToken),
  ]);
  return new Set(locked.map(({ token }) => token));
}

/** Raises LEASE_LOST unless the lease still holds; keeps it so until the end of `tx`. */
export async function assertLease(tx: Tx, job: ClaimedJob): Promise<void> {
  if (!(await heldLeases(tx, [job])).has(job.leaseToken)) throw new LeaseLost();
}

// Locked first: an UPDATE alone takes its rows as its plan finds them, by their leases for example, and would meet a renewal.
const settle = `WITH mine AS (${held})
UPDATE job j SET state = n.state, attempts = j.attempts - n.given_back,
  run_at = coalesce(now() + make_interval(secs => n.in_ms / 1000), j.run_at), last_code = coalesce(n.code, j.last_code), last_text_fr = n.text_fr, lease_token = NULL, lease_until = NULL,
  finished_at = CASE WHEN n.state IN ('done', 'parked') THEN now() END
FROM mine JOIN unnest($2::uuid[], $3::text[], $4::int[], $5::float8[], $6::text[], $7::text[])
  AS n (token, state, given_back, in_ms, code, text_fr) USING (token)
WHERE j.id = mine.id RETURNING token`;

const states = { done: 'done', park: 'parked', retry: 'ready', release: 'ready' } as const;

/** Writes the outcomes of the runs that still hold their job; says which, by the tokens of their leases. */
export async function settleJobs(tx: Tx, endings: readonly Ending[]): Promise<Set<string>> {
  const now = Date.now();
  const settled = await tx.query<{ token: string }>(settle, [
    endings.map(({ job }) => job.id),
    endings.map(({ job }) => job.leaseToken),
    endings.map(({ outcome }) => states[outcome.kind]),
    endings.map(({ outcome }) => (outcome.kind === 'release' ? 1 : 0)),
    // A delay, not a time of day: due times are read by PostgreSQL's clock, and ours may be off.
    endings.map(({ outcome }) => ('at' in outcome && outcome.at ? outcome.at.getTime() - now : null)),
    endings.map(({ outcome }) => outcome.code ?? null),
    endings.map(({ outcome }) => ('textFr' in outcome ? (outcome.textFr ?? null) : null)),
  ]);
  return new Set(settled.map(({ token }) => token));
}

/** Writes the outcome of a run; raises LEASE_LOST when the run no longer holds the job. */
export async function settleJob(tx: Tx, job: ClaimedJob, outcome: JobOutcome): Promise<void> {
  if (!(await settleJobs(tx, [{ job, outcome }])).has(job.leaseToken)) throw new LeaseLost();
}
