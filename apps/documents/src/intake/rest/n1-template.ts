import { buildCdaN1, readCda, type CdaHeader, type N1Professional } from '@pfi/cda';
import { uuidToOid, type Coded } from '@pfi/health';
import { bodyInvalid } from '@pfi/platform-http';
import type { LegalEntity } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { N1Template } from '../../deliveries/records.js';
import type { ReplacedVersion } from '../../persistence/document-search.js';
import { confidentialities, practiceSettings, type DepositMetadata } from './deposit-metadata.schema.js';
import type { Statement } from '../statement.js';

const NATIONAL_PERSONS = '1.2.250.1.71.4.2.1';
const NATIONAL_STRUCTURES = '1.2.250.1.71.4.2.2';
/** Longest OID of a document in XDS. */
const OID_LENGTH = 64;

/** Our own OID: under the root of the legal entity when there is one and the result is not too long (design D11). */
export function newDocumentOid({ oidRoot }: Pick<LegalEntity, 'oidRoot'>): string {
  const oid = uuidToOid(uuidV7());
  const own = oidRoot && `${oidRoot}.${oid.slice('2.25.'.length)}`;
  return own && own.length <= OID_LENGTH ? own : oid;
}

/**
 * The CDA N1 that will hold a received PDF, all but the identity; its ids are fixed here, once.
 * Raises BODY_INVALID when the metadata do not tell what such a CDA must say.
 */
export function n1Template(
  metadata: DepositMetadata,
  type: Coded,
  local: { readonly value: string; readonly authorityOid: string } | null,
  entity: LegalEntity,
  replaced: ReplacedVersion | null,
): N1Template {
  const { title, effectiveTime, author, legalAuthenticator, serviceEvent, stay } = metadata;
  const missing = (['title', 'effectiveTime', 'author'] as const).find((name) => metadata[name] === undefined);
  if (!title || !effectiveTime || !author)
    throw bodyInvalid('Cette donnée est obligatoire pour déposer un PDF.', `/${missing ?? ''}`);
  const start = hl7Time(serviceEvent?.start ?? stay?.admittedAt ?? effectiveTime);
  const end = serviceEvent?.end;
  const confidentiality = metadata.confidentiality ?? 'N';
  const practice = metadata.practiceSetting ?? 'ETABLISSEMENT';
  return {
    id: newDocumentOid(entity),
    setId: replaced?.setOid ?? newDocumentOid(entity),
    version: (replaced?.version ?? 0) + 1,
    ...(replaced ? { relatedDocument: relation(replaced) } : {}),
    typeCode: type,
    title,
    effectiveTime: hl7Time(effectiveTime),
    confidentiality: {
      code: confidentiality,
      system: '2.16.840.1.113883.5.25',
      label: confidentialities[confidentiality],
    },
    localIds: local ? [{ root: local.authorityOid, extension: local.value }] : [],
    author: professional(author),
    ...(legalAuthenticator ? { legalAuthenticator: professional(legalAuthenticator) } : {}),
    custodian: { id: { root: NATIONAL_STRUCTURES, extension: `1${entity.finess}` }, name: entity.name },
    serviceEvent: { start, ...(end ? { stop: hl7Time(end) } : {}) },
    practiceSetting: { code: practice, system: '1.2.250.1.213.1.1.4.9', label: practiceSettings[practice] },
    encounter: {
      ...(stay && local ? { id: { root: local.authorityOid, extension: stay.number } } : {}),
      start: stay?.admittedAt ? hl7Time(stay.admittedAt) : start,
      ...(stay?.endedAt ? { stop: hl7Time(stay.endedAt) } : {}),
    },
    facilityType: { code: entity.activitySector, system: '1.2.250.1.71.4.2.4', label: 'Établissement de santé' },
  };
}

/**
 * The header as it will be read in the rendered document, so that XDS metadata and document agree by construction.
 * Raises CdaFault CDA_INPUT_INVALID.
 */
export function headerOfTemplate({ localIds, ...rest }: N1Template, { patient }: Statement): CdaHeader {
  const identity = { localIds, traits: patient.traits, ...(patient.ins ? { ins: patient.ins } : {}) };
  return readCda(buildCdaN1({ ...rest, patient: identity, pdf: Buffer.from('%PDF-') })).header;
}

const relation = ({ documentOid, setOid, version }: ReplacedVersion) => ({
  typeCode: 'RPLC',
  parentId: { root: documentOid },
  ...(setOid ? { parentSetId: { root: setOid } } : {}),
  parentVersion: version,
});

type Said = NonNullable<DepositMetadata['author']>;

const professional = ({ rpps, name, speciality }: Said): N1Professional => ({
  id: { root: NATIONAL_PERSONS, extension: `8${rpps}` },
  name,
  ...(speciality ? { code: { ...speciality, system: '1.2.250.1.213.1.1.4.5' } } : {}),
});

/** ISO 8601 with offset to HL7: `20260102101500+0100`. */
export function hl7Time(iso: string): string {
  const [day = '', rest = ''] = iso.split('T');
  const zone = rest.endsWith('Z') ? '+0000' : rest.slice(-6).replace(':', '');
  const [, hours = '', minutes = '', seconds = '00'] = /^(\d\d):(\d\d)(?::(\d\d))?/.exec(rest) ?? [];
  return `${day.replaceAll('-', '')}${hours}${minutes}${seconds}${zone}`;
}
