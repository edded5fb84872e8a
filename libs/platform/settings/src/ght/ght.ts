import { join } from 'node:path';
import { AuthorityIndex, type Authority, type AuthorityReference } from './authority-index.js';
import { documentTypeSettings, type DocumentTypeSettings } from './document-type-settings.js';
import type { Establishment, GhtFile, IdentityDomain, LegalEntity, Person, Source, Unit } from './ght.schema.js';
import { ownerOfLegalEntity, scopesByGrant, scopesByOwner } from './scopes.js';
import { UnitIndex } from './unit-index.js';

/** Where a stay or a document belongs (a stay belongs to a legal entity and is reported by an establishment). */
export interface Belonging {
  readonly establishment: Establishment;
  readonly legalEntity: LegalEntity;
  /** `ej:<FINESS>` */
  readonly owner: string;
  /** Absent when the unit is unknown: the source's default establishment was taken, and a person should be told. */
  readonly unit?: Unit;
}

/** Constant-time questions to a GHT file. Build one at start; it never changes. */
export class Ght {
  readonly file: GhtFile;
  readonly #sourcesByKey: ReadonlyMap<string, Source>;
  readonly #sourcesByHeader: ReadonlyMap<string, Source>;
  readonly #domains: ReadonlyMap<string, IdentityDomain>;
  readonly #legalEntities: ReadonlyMap<string, LegalEntity>;
  readonly #establishments: ReadonlyMap<string, Belonging>;
  readonly #people: ReadonlyMap<string, readonly Person[]>;
  readonly #scopesByOwner: ReadonlyMap<string, readonly string[]>;
  readonly #scopesByGrant: ReadonlyMap<string, readonly string[]>;
  readonly #authorities: AuthorityIndex;
  readonly #units: UnitIndex;
  readonly #documentTypes: ReadonlyMap<string, DocumentTypeSettings>;

  /** @param file a file that `loadGhtFile` or `parseGhtFile` accepted. */
  constructor(file: GhtFile) {
    this.file = file;
    this.#sourcesByKey = new Map(file.sources.map((source) => [source.key, source]));
    this.#sourcesByHeader = new Map(
      file.sources.map((source) => [header(source.application, source.facility), source]),
    );
    this.#domains = new Map(file.identityDomains.map((domain) => [domain.key, domain]));
    this.#legalEntities = new Map(file.legalEntities.map((entity) => [entity.finess, entity]));
    this.#establishments = new Map(file.legalEntities.flatMap((legalEntity) => belongings(legalEntity)));
    this.#people = Map.groupBy(file.people, (person) => person.subject);
    this.#scopesByOwner = scopesByOwner(file);
    this.#scopesByGrant = scopesByGrant(file);
    this.#authorities = new AuthorityIndex(file.identityDomains);
    this.#units = new UnitIndex(file.units, (establishment) => this.legalEntityOf(establishment)?.finess);
    this.#documentTypes = documentTypeSettings(file);
  }

  /** The source that signs MSH-3.1 and MSH-4.1. */
  sourceOf(application: string, facility: string): Source | undefined {
    return this.#sourcesByHeader.get(header(application, facility));
  }

  sourceByKey(key: string): Source | undefined {
    return this.#sourcesByKey.get(key);
  }

  domain(key: string): IdentityDomain | undefined {
    return this.#domains.get(key);
  }

  /** The canonical authority behind CX-4, whatever alias the sender used; undefined when no domain claims it. */
  domainOfAuthority(reference: AuthorityReference): Authority | undefined {
    return this.#authorities.find(reference);
  }

  legalEntity(finess: string): LegalEntity | undefined {
    return this.#legalEntities.get(finess);
  }

  establishment(finess: string): Establishment | undefined {
    return this.#establishments.get(finess)?.establishment;
  }

  /** The legal entity of an establishment. */
  legalEntityOf(establishment: string): LegalEntity | undefined {
    return this.#establishments.get(establishment)?.legalEntity;
  }

  /**
   * The unit (UF) with this code on a day (`YYYY-MM-DD`). Codes are unique inside a legal entity only: without
   * `legalEntities`, an ambiguous code gives undefined.
   */
  unitAt(code: string, day: string, legalEntities?: readonly string[]): Unit | undefined {
    return this.#units.find(code, day, legalEntities);
  }

  /** Where a message of this source belongs: the unit's establishment, else the source's default establishment. */
  belongingOf(source: Source, unitCode: string | undefined, day: string): Belonging {
    const unit = unitCode === undefined ? undefined : this.unitAt(unitCode, day, source.legalEntities);
    const found = this.#establishments.get(unit?.establishment ?? source.defaultEstablishment);
    if (!found) throw new Error(`source ${source.key} names an establishment outside the file`);
    return unit ? { ...found, unit } : found;
  }

  /** What a handler may see when it works for `ej:<FINESS>` or `dom:<key>`; the owner alone when it is unknown. */
  scopesOfOwner(owner: string): readonly string[] {
    return this.#scopesByOwner.get(owner) ?? [owner];
  }

  /** Every owner of the group: `dom:` and `ej:`. */
  owners(): readonly string[] {
    return [...this.#scopesByOwner.keys()];
  }

  /** What a person or machine may see: grants (`ght`, `ej:`, `eg:`, `dom:`) spelled out; unknown grants give nothing. */
  expandScopes(grants: readonly string[]): readonly string[] {
    return [...new Set(grants.flatMap((grant) => this.#scopesByGrant.get(grant) ?? []))];
  }

  /** Roles and scopes given to a subject by the file; an entry without issuer counts for every trusted issuer. */
  person(subject: string, issuer: string): Person | undefined {
    const entries = this.#people.get(subject) ?? [];
    return entries.find((entry) => entry.issuer === issuer) ?? entries.find((entry) => entry.issuer === undefined);
  }

  documentType(code: string): DocumentTypeSettings | undefined {
    return this.#documentTypes.get(code);
  }

  documentTypes(): readonly DocumentTypeSettings[] {
    return [...this.#documentTypes.values()];
  }
}

/**
 * The files of a certificate named in the GHT file: a folder of `secretsDir` holding `tls.crt` and `tls.key`, which is
 * how Kubernetes mounts a Secret of type kubernetes.io/tls.
 */
export function certificateFiles(secretsDir: string, name: string): { certificate: string; key: string } {
  return { certificate: join(secretsDir, name, 'tls.crt'), key: join(secretsDir, name, 'tls.key') };
}

const header = (application: string, facility: string): string => JSON.stringify([application, facility]);

function belongings(legalEntity: LegalEntity): [string, Belonging][] {
  const owner = ownerOfLegalEntity(legalEntity.finess);
  return legalEntity.establishments.map((establishment) => [
    establishment.finess,
    { establishment, legalEntity, owner },
  ]);
}
