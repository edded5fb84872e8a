import type { Tx } from '@pfi/platform-postgres';

/** What was asked of an owner of facts, and what it said last. */
export interface SourceProgress {
  readonly id: string;
  readonly state: 'running' | 'done';
  /** Events by type. */
  readonly published: Readonly<Record<string, number>>;
}

export interface Generation {
  readonly id: number;
  readonly state: 'building' | 'live' | 'retired' | 'abandoned';
  readonly sources: Readonly<Record<string, SourceProgress>>;
  readonly startedAt: Date;
  readonly startedBy: string;
  readonly endedAt: Date | null;
}

const COLUMNS = `id, state, sources, started_at AS "startedAt", started_by AS "startedBy", ended_at AS "endedAt"`;

/** Newest first. */
export async function generations(tx: Tx): Promise<Generation[]> {
  return tx.query<Generation>(`SELECT ${COLUMNS} FROM generation ORDER BY id DESC LIMIT 10`);
}

/** Null when one is being built already. */
export async function openGeneration(tx: Tx, startedBy: string, definitions: string): Promise<number | null> {
  const [row] = await tx.query<{ id: number }>(
    `INSERT INTO generation (id, state, started_by, definitions)
     SELECT max(id) + 1, 'building', $1, $2 FROM generation ON CONFLICT DO NOTHING RETURNING id`,
    [startedBy, definitions],
  );
  return row?.id ?? null;
}

export async function keepSource(tx: Tx, generation: number, service: string, said: SourceProgress): Promise<void> {
  await tx.execute(`UPDATE generation SET sources = sources || jsonb_build_object($2::text, $3::jsonb) WHERE id = $1`, [
    generation,
    service,
    JSON.stringify(said),
  ]);
}

/** Republished events that came for a generation, by type; under the scopes of every owner. */
export async function received(tx: Tx, generation: number): Promise<Record<string, number>> {
  const rows = await tx.query<{ type: string; events: number }>(
    `SELECT type, sum(events)::bigint AS events FROM republished WHERE generation = $1 GROUP BY type`,
    [generation],
  );
  return Object.fromEntries(rows.map(({ type, events }) => [type, events]));
}

/** The built one is read from now on. False when it is no longer being built. */
export async function swap(tx: Tx, generation: number): Promise<boolean> {
  const [building] = await tx.query(`SELECT 1 FROM generation WHERE id = $1 AND state = 'building' FOR UPDATE`, [
    generation,
  ]);
  if (!building) return false;
  await tx.execute(`UPDATE generation SET state = 'retired', ended_at = now() WHERE state = 'live'`);
  await tx.execute(`UPDATE generation SET state = 'live', ended_at = now() WHERE id = $1`, [generation]);
  return true;
}

export async function abandon(tx: Tx): Promise<boolean> {
  return (await tx.execute(`UPDATE generation SET state = 'abandoned', ended_at = now() WHERE state = 'building'`)) > 0;
}

/** Generations that nobody reads or writes any more, with rows left. */
export async function leftOver(tx: Tx): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    `SELECT id FROM generation WHERE state IN ('retired', 'abandoned') AND NOT emptied`,
  );
  return rows.map(({ id }) => id);
}

export async function markEmptied(tx: Tx, generation: number): Promise<void> {
  await tx.execute(`UPDATE generation SET emptied = true WHERE id = $1`, [generation]);
}

const KEYED = ['verdict', 'daily_count', 'delivery', 'document', 'stay', 'patient', 'republished'] as const;

/** Deletes some rows of a generation, of the owners in scope; says how many. */
export async function emptySome(tx: Tx, generation: number, limit: number): Promise<number> {
  let deleted = 0;
  for (const table of KEYED) {
    deleted += await tx.execute(
      `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE generation = $1 LIMIT $2))`,
      [generation, limit],
    );
  }
  return deleted;
}
