import type { Ght } from '@pfi/platform-settings';

/** Where seeded documents come from, with their share of the whole. */
export interface SeedPlace {
  readonly owner: string;
  readonly domain: string;
  readonly establishment: string;
  readonly source: string;
  /** Upper bound of its part of [0, 1). */
  readonly until: number;
}

/**
 * Every establishment that has a source of documents, the largest first: each half as large as the one before, and in each the
 * sources by the same rule, as hospital groups are.
 */
export function seedPlaces(ght: Ght): SeedPlace[] {
  const sources = ght.file.sources.filter(({ messages }) => messages.some((type) => type !== 'ADT'));
  const places = ght.file.legalEntities.flatMap((entity) => {
    const own = sources.filter(({ legalEntities }) => legalEntities.includes(entity.finess));
    return entity.establishments.flatMap(({ finess }) =>
      own.map(({ key }, rank) => ({
        owner: `ej:${entity.finess}`,
        domain: entity.domain,
        establishment: finess,
        source: key,
        share: 0.5 ** rank,
      })),
    );
  });
  const ranks = [...new Set(places.map(({ establishment }) => establishment))];
  const weights = places.map(({ establishment, share }) => share * 0.5 ** ranks.indexOf(establishment));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let until = 0;
  return places.map(({ share: _share, ...place }, index) => {
    until += (weights[index] ?? 0) / total;
    return { ...place, until: index === places.length - 1 ? 1 : until };
  });
}
