import type { Counted, IndicatorCode, Judgement } from '@pfi/indicators-core';
import type { Tx } from '@pfi/platform-postgres';

export interface StayJudged {
  readonly owner: string;
  readonly stayId: string;
  readonly establishment: string;
  readonly judgements: readonly (readonly [IndicatorCode, Judgement])[];
}

/**
 * Replaces what was said of these stays, and moves the daily counts by the difference. The stays are locked, so nobody else writes
 * their verdicts. A stay that is no longer ended loses its own.
 */
export async function keepVerdicts(tx: Tx, generation: number, stays: readonly StayJudged[]): Promise<void> {
  const before = await tx.query<Counting>(
    `SELECT owner, code, establishment, day, gross, net FROM verdict
     WHERE generation = $1 AND stay_id = ANY($2::uuid[]) AND unit_group IS NULL`,
    [generation, stays.map(({ stayId }) => stayId)],
  );
  await writeVerdicts(tx, generation, stays);
  const after = stays.flatMap(({ owner, establishment, judgements }) =>
    judgements.flatMap(([code, { day, gross, net, group }]) =>
      group === null ? [{ owner, code, establishment, day, gross: gross.counted, net: net.counted }] : [],
    ),
  );
  await moveDailyCounts(tx, generation, differences(before, after));
}

interface Counting {
  readonly owner: string;
  readonly code: string;
  readonly establishment: string;
  readonly day: string;
  readonly gross: Counted;
  readonly net: Counted;
}

interface Difference extends Pick<Counting, 'owner' | 'code' | 'establishment' | 'day'> {
  readonly counts: [number, number, number, number];
}

/** By indicator, establishment and day, in the order in which the rows are locked. */
function differences(before: readonly Counting[], after: readonly Counting[]): Difference[] {
  const found = new Map<string, Difference>();
  const add = (sign: 1 | -1) => (one: Counting) => {
    const { owner, code, establishment, day } = one;
    const key = `${code} ${establishment} ${day}`;
    const known = found.get(key) ?? { owner, code, establishment, day, counts: [0, 0, 0, 0] };
    const parts = [
      one.gross === 'numerator',
      one.gross !== 'excluded',
      one.net === 'numerator',
      one.net !== 'excluded',
    ];
    parts.forEach((counts, place) => {
      if (counts) known.counts[place as 0] += sign;
    });
    found.set(key, known);
  };
  before.forEach(add(-1));
  after.forEach(add(1));
  return [...found]
    .filter(([, { counts }]) => counts.some((count) => count !== 0))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, difference]) => difference);
}

async function moveDailyCounts(tx: Tx, generation: number, differences: readonly Difference[]): Promise<void> {
  if (differences.length === 0) return;
  await tx.execute(
    `INSERT INTO daily_count AS known (generation, code, establishment, day, owner, gross_numerator, gross_denominator, net_numerator,
                                       net_denominator)
     SELECT $1::int, n.* FROM unnest($2::text[], $3::text[], $4::date[], $5::text[], $6::int[], $7::int[], $8::int[], $9::int[]) AS n
     ON CONFLICT (generation, code, establishment, day) DO UPDATE SET
       gross_numerator = known.gross_numerator + excluded.gross_numerator,
       gross_denominator = known.gross_denominator + excluded.gross_denominator,
       net_numerator = known.net_numerator + excluded.net_numerator,
       net_denominator = known.net_denominator + excluded.net_denominator`,
    [
      generation,
      differences.map(({ code }) => code),
      differences.map(({ establishment }) => establishment),
      differences.map(({ day }) => day),
      differences.map(({ owner }) => owner),
      ...([0, 1, 2, 3] as const).map((place) => differences.map(({ counts }) => counts[place])),
    ],
  );
}

async function writeVerdicts(tx: Tx, generation: number, stays: readonly StayJudged[]): Promise<void> {
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
