import type { Reading, Tx } from '@pfi/platform-postgres';

export type TouchedKind = 'patient' | 'stay' | 'lineage';

export interface Touched {
  readonly kind: TouchedKind;
  readonly id: string;
}

/** Says what must be judged again, in the transaction of the facts. */
export async function touch(tx: Tx, owner: string, kind: TouchedKind, ids: readonly string[]): Promise<void> {
  await tx.execute(`INSERT INTO touched (owner, kind, id) SELECT $1, $2, * FROM unnest($3::uuid[])`, [
    owner,
    kind,
    [...new Set(ids)],
  ]);
}

/** Every stay of an owner, in every generation that is in use. */
export async function touchAll(tx: Tx, owner: string): Promise<void> {
  await tx.execute(
    `INSERT INTO touched (owner, kind, id) SELECT DISTINCT s.owner, 'stay', s.id FROM stay s
     JOIN generation g ON g.id = s.generation AND g.state IN ('live', 'building') WHERE s.owner = $1`,
    [owner],
  );
}

/** Takes what was touched first; what another instance has in hand is left to it. */
export async function takeTouched(tx: Tx, owner: string, limit: number): Promise<Touched[]> {
  return tx.query<Touched>(
    `DELETE FROM touched WHERE position IN
       (SELECT position FROM touched WHERE owner = $1 ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING kind, id`,
    [owner, limit],
  );
}

/** Owners that have something to judge; asked by the system role, which sees all of them. */
export async function ownersTouched(reading: Reading): Promise<string[]> {
  return (await reading.query<{ owner: string }>(`SELECT DISTINCT owner FROM touched`)).map(({ owner }) => owner);
}
