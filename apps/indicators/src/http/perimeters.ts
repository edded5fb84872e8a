import { PfiError } from '@pfi/health';
import type { Principal } from '@pfi/platform-http';
import type { TenantAudit } from '@pfi/platform-service';
import type { Ght } from '@pfi/platform-settings';

/** What a rate is about: the whole group, a legal entity, or an establishment. */
export interface Perimeter {
  /** `ght`, FINESS EJ or FINESS EG. */
  readonly perimeter: string;
  readonly kind: 'ght' | 'legal-entity' | 'establishment';
  readonly name: string;
  /** FINESS EG */
  readonly establishments: readonly string[];
}

/** The perimeters that somebody may ask for, widest first. */
export class Perimeters {
  readonly #all: readonly Perimeter[];

  constructor(
    ght: Ght,
    private readonly audit: Pick<TenantAudit, 'missed'>,
  ) {
    const { file } = ght;
    const entities = file.legalEntities.map((entity) => ({
      perimeter: entity.finess,
      kind: 'legal-entity' as const,
      name: entity.name,
      establishments: entity.establishments.map(({ finess }) => finess),
    }));
    const establishments = file.legalEntities.flatMap((entity) =>
      entity.establishments.map(({ finess, name }) => ({
        perimeter: finess,
        kind: 'establishment' as const,
        name,
        establishments: [finess],
      })),
    );
    const group = {
      perimeter: 'ght',
      kind: 'ght' as const,
      name: file.ght.name,
      establishments: establishments.map(({ perimeter }) => perimeter),
    };
    this.#all = [group, ...entities, ...establishments];
  }

  allowed({ scopes }: Pick<Principal, 'scopes'>): Perimeter[] {
    return this.#all.filter(({ kind, perimeter }) => scopes.includes(SCOPE_OF[kind](perimeter)));
  }

  /** The one that is asked for, else the widest. Raises PERIMETER_UNKNOWN for one outside the scopes, as for one that does not exist. */
  async resolve(principal: Principal, asked: string | undefined): Promise<Perimeter> {
    const allowed = this.allowed(principal);
    const found = asked === undefined ? allowed[0] : allowed.find(({ perimeter }) => perimeter === asked);
    if (found) return found;
    const elsewhere = this.#all.find(({ perimeter }) => perimeter === asked);
    const sought = { action: 'indicators-read', kind: 'perimeter', id: asked ?? '' } as const;
    await this.audit.missed(principal, sought, async () => elsewhere && SCOPE_OF[elsewhere.kind](elsewhere.perimeter));
    throw new PfiError(
      'PERIMETER_UNKNOWN',
      'not-found',
      'Ce périmètre n’existe pas, ou n’est pas le vôtre : choisir parmi ceux de /perimeters.',
    );
  }
}

const SCOPE_OF: Readonly<Record<Perimeter['kind'], (finess: string) => string>> = {
  ght: () => 'ght',
  'legal-entity': (finess) => `ej:${finess}`,
  establishment: (finess) => `eg:${finess}`,
};
