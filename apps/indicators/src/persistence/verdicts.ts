import type { IndicatorCode, Judgement } from '@pfi/indicators-core';
import type { Tx } from '@pfi/platform-postgres';

export interface StayJudged {
  readonly owner: string;
  readonly stayId: string;
  readonly establishment: string;
  readonly judgements: readonly (readonly [IndicatorCode, Judgement])[];
}

/** Replaces what was said of these stays; a stay that is no longer ended loses its verdicts. */
export async function keepVerdicts(tx: Tx, generation: number, stays: readonly StayJudged[]): Promise<void> {
  const reopened = stays.filter(({ judgements }) => judgements.length === 0);
  if (reopened.length > 0) {
    await tx.execute(`DELETE FROM verdict WHERE generation = $1 AND stay_id = ANY($2::uuid[])`, [
      generation,
      reopened.map(({ stayId }) => stayId),
    ]);
  }
  const rows = stays.flatMap((stay) => stay.judgements.map(([code, judgement]) => ({ stay, code, judgement })));
  if (rows.length === 0) return;
  await tx.execute(
    `INSERT INTO verdict AS known (generation, stay_id, code, owner, establishment, day, gross, net, reason, detail, unit_group, documents)
     SELECT $1::int, n.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::text[], $9::text[],
       $10::text[], $11::text[], $12::jsonb[]) AS n
     ON CONFLICT (generation, stay_id, code) DO UPDATE SET establishment = excluded.establishment, day = excluded.day,
       gross = excluded.gross, net = excluded.net, reason = excluded.reason, detail = excluded.detail,
       unit_group = excluded.unit_group, documents = excluded.documents
     WHERE (known.establishment, known.day, known.gross, known.net, known.reason, known.detail, known.unit_group, known.documents)
       IS DISTINCT FROM (excluded.establishment, excluded.day, excluded.gross, excluded.net, excluded.reason, excluded.detail,
                         excluded.unit_group, excluded.documents)`,
    [
      generation,
      rows.map(({ stay }) => stay.stayId),
      rows.map(({ code }) => code),
      rows.map(({ stay }) => stay.owner),
      rows.map(({ stay }) => stay.establishment),
      rows.map(({ judgement }) => judgement.day),
      rows.map(({ judgement }) => judgement.gross.counted),
      rows.map(({ judgement }) => judgement.net.counted),
      rows.map(({ judgement }) => judgement.gross.code),
      rows.map(({ judgement }) => judgement.gross.detail),
      rows.map(({ judgement }) => judgement.group),
      rows.map(({ judgement }) => JSON.stringify(judgement.documents)),
    ],
  );
}
