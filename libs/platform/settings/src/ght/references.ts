import { spellingsOf } from './authority-index.js';
import type { GhtFile, Unit } from './ght.schema.js';
import { ownerOfDomain, ownerOfLegalEntity } from './scopes.js';
import { overlaps } from './unit-index.js';

export interface PathProblem {
  readonly path: readonly (string | number)[];
  readonly textFr: string;
}

/** What a schema cannot see: names that point nowhere, and names that are used twice. */
export function referenceProblems(file: GhtFile): PathProblem[] {
  return [
    ...domainProblems(file),
    ...legalEntityProblems(file),
    ...unitProblems(file),
    ...sourceProblems(file),
    ...peopleProblems(file),
    ...documentTypeProblems(file),
  ];
}

/** Remembers what was seen first, so that each repetition is reported at its own place. */
function onceOnly(textFr: (name: string) => string) {
  const seen = new Set<string>();
  return (name: string, path: PathProblem['path'], id: string = name): PathProblem[] => {
    if (seen.has(id)) return [{ path, textFr: textFr(name) }];
    seen.add(id);
    return [];
  };
}

function domainProblems(file: GhtFile): PathProblem[] {
  const key = onceOnly((name) => `le domaine ${name} est décrit deux fois`);
  const takenBy = new Map<string, string>();
  return file.identityDomains.flatMap((domain, index) => {
    const path = ['identityDomains', index];
    const collisions = spellingsOf(domain).flatMap(({ kind, value }) => {
      const other = takenBy.get(`${kind} ${value}`);
      if (other === undefined) takenBy.set(`${kind} ${value}`, domain.key);
      if (other === undefined || other === domain.key) return [];
      return [{ path, textFr: `l’autorité ou l’alias ${value} désigne déjà le domaine ${other}` }];
    });
    return [...key(domain.key, [...path, 'key']), ...collisions];
  });
}

function legalEntityProblems(file: GhtFile): PathProblem[] {
  const domains = new Set(file.identityDomains.map((domain) => domain.key));
  const entity = onceOnly((name) => `l’entité juridique ${name} est décrite deux fois`);
  const establishment = onceOnly((name) => `l’établissement ${name} est décrit deux fois`);
  return file.legalEntities.flatMap((one, index) => {
    const path = ['legalEntities', index];
    return [
      ...entity(one.finess, [...path, 'finess']),
      ...(domains.has(one.domain) ? [] : [{ path: [...path, 'domain'], textFr: `domaine ${one.domain} inconnu` }]),
      ...one.establishments.flatMap((place, at) =>
        establishment(place.finess, [...path, 'establishments', at, 'finess']),
      ),
    ];
  });
}

function unitProblems(file: GhtFile): PathProblem[] {
  const legalEntityOf = new Map(
    file.legalEntities.flatMap((entity) => entity.establishments.map((place) => [place.finess, entity.finess])),
  );
  const byCode = new Map<string, Unit[]>();
  return file.units.flatMap((unit, index) => {
    const path = ['units', index];
    const entity = legalEntityOf.get(unit.establishment);
    const problems: PathProblem[] = [];
    if (entity === undefined) {
      problems.push({
        path: [...path, 'establishment'],
        textFr: `établissement ${unit.establishment} inconnu (unité ${unit.code})`,
      });
    }
    if (unit.from !== undefined && unit.to !== undefined && unit.to < unit.from) {
      problems.push({ path: [...path, 'to'], textFr: `la fin précède le début (unité ${unit.code})` });
    }
    const id = JSON.stringify([entity, unit.code]);
    const earlier = byCode.get(id) ?? [];
    if (earlier.some((other) => overlaps(unit, other))) {
      problems.push({
        path: [...path, 'code'],
        textFr: `l’unité ${unit.code} est décrite deux fois pour les mêmes jours`,
      });
    }
    byCode.set(id, [...earlier, unit]);
    return problems;
  });
}

function sourceProblems(file: GhtFile): PathProblem[] {
  const domains = new Set(file.identityDomains.map((domain) => domain.key));
  const entities = new Map(file.legalEntities.map((entity) => [entity.finess, entity]));
  const key = onceOnly((name) => `la source ${name} est décrite deux fois`);
  const header = onceOnly((name) => `la paire MSH-3/MSH-4 ${name} est déjà celle d’une autre source`);
  return file.sources.flatMap((source, index) => {
    const path = ['sources', index];
    const problems: PathProblem[] = [
      ...key(source.key, [...path, 'key']),
      ...header(
        `${source.application}/${source.facility}`,
        [...path, 'application'],
        JSON.stringify([source.application, source.facility]),
      ),
    ];
    if (!domains.has(source.domain)) {
      problems.push({ path: [...path, 'domain'], textFr: `domaine ${source.domain} inconnu` });
    }
    source.legalEntities.forEach((finess, at) => {
      const entity = entities.get(finess);
      const place = [...path, 'legalEntities', at];
      if (!entity) problems.push({ path: place, textFr: `entité juridique ${finess} inconnue` });
      else if (entity.domain !== source.domain) {
        problems.push({ path: place, textFr: `l’entité juridique ${finess} n’est pas du domaine ${source.domain}` });
      }
    });
    const establishments = source.legalEntities.flatMap((finess) => entities.get(finess)?.establishments ?? []);
    if (!establishments.some((establishment) => establishment.finess === source.defaultEstablishment)) {
      problems.push({
        path: [...path, 'defaultEstablishment'],
        textFr: `l’établissement ${source.defaultEstablishment} n’appartient pas aux entités juridiques de la source`,
      });
    }
    if (source.messages.includes('REST') !== source.restClients.length > 0) {
      problems.push({
        path: [...path, 'restClients'],
        textFr: 'messages: REST et restClients vont ensemble : donnez les deux, ou aucun',
      });
    }
    return problems;
  });
}

function peopleProblems(file: GhtFile): PathProblem[] {
  const person = onceOnly((name) => `la personne ${name} est décrite deux fois`);
  const scopes = new Set([
    'ght',
    ...file.identityDomains.map((domain) => ownerOfDomain(domain.key)),
    ...file.legalEntities.flatMap((entity) => [
      ownerOfLegalEntity(entity.finess),
      ...entity.establishments.map((establishment) => `eg:${establishment.finess}`),
    ]),
  ]);
  return file.people.flatMap((one, index) => [
    ...person(one.subject, ['people', index, 'subject'], JSON.stringify([one.subject, one.issuer])),
    ...one.scopes.flatMap((scope, at) =>
      scopes.has(scope)
        ? []
        : [{ path: ['people', index, 'scopes', at], textFr: `périmètre ${scope} inconnu du fichier` }],
    ),
  ]);
}

function documentTypeProblems(file: GhtFile): PathProblem[] {
  const type = onceOnly((name) => `le type de document ${name} est décrit deux fois`);
  return file.documentTypes.flatMap((one, index) => type(one.code, ['documentTypes', index, 'code']));
}
