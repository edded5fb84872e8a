import type { PayloadOf, stayChangedV1 } from '@pfi/contracts';
import type { Tx } from '@pfi/platform-postgres';

type StayChanged = PayloadOf<typeof stayChangedV1>;

/** Which establishment reports a stay: the newest state that the identity context said. */
export class StayReadModel {
  async apply(tx: Tx, stays: readonly StayChanged[]): Promise<void> {
    await tx.query(
      `INSERT INTO stay AS known (owner, authority, number, version, establishment)
       SELECT DISTINCT ON (owner, authority, number) owner, authority, number, version, establishment
       FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[]) AS n (owner, authority, number, version, establishment)
       ORDER BY owner, authority, number, version DESC
       ON CONFLICT (owner, authority, number) DO UPDATE SET version = excluded.version, establishment = excluded.establishment
       WHERE known.version < excluded.version`,
      [
        stays.map((s) => `ej:${s.legalEntity}`),
        stays.map((s) => s.authority),
        stays.map((s) => s.number),
        stays.map((s) => s.version),
        stays.map((s) => s.establishment),
      ],
    );
  }

  /** FINESS EG by `<authority>\n<number>`. */
  async establishments(
    tx: Tx,
    owner: string,
    stays: readonly { readonly authority: string; readonly number: string }[],
  ): Promise<Map<string, string>> {
    if (stays.length === 0) return new Map();
    const rows = await tx.query<{ authority: string; number: string; establishment: string }>(
      `SELECT k.authority, k.number, s.establishment FROM unnest($2::text[], $3::text[]) AS k (authority, number)
       CROSS JOIN LATERAL (
         SELECT establishment FROM stay
         WHERE stay.owner = $1 AND stay.authority = k.authority AND stay.number = k.number OFFSET 0
       ) AS s`,
      [owner, stays.map((s) => s.authority), stays.map((s) => s.number)],
    );
    return new Map(rows.map((row) => [`${row.authority}\n${row.number}`, row.establishment]));
  }
}
