import type { Author, CdaHeader, Participant } from '@pfi/cda';
import type { DeliveryClaim } from '@pfi/contracts';
import type { SteeringFlags } from '@pfi/documents-core';
import { FORMAT_N1_PDF, type Coded, toInstant } from '@pfi/health';
import { type Sender } from '@pfi/hl7v2';
import type { DocumentTypeSettings, LegalEntity } from '@pfi/platform-settings';

const NATIONAL_PERSONS = '1.2.250.1.71.4.2.1';
const NATIONAL_STRUCTURES = '1.2.250.1.71.4.2.2';
const CONFIDENTIALITY_FR = '1.2.250.1.213.1.1.4.13';
const FACILITY_TYPES = '1.2.250.1.71.4.2.4';
const PRACTICE_SETTINGS = '1.2.250.1.213.1.1.4.9';

/** N3 documents whose model has no format of its own (interop §4.5). */
const OUT_OF_PROFILE: Coded = {
  code: 'urn:asipSante:modelesHorsProfils:2011',
  system: '1.2.250.1.213.1.1.4.2.282',
  label: 'Modèles hors profils',
};

/** JDV_J59 from PV1-2 (interop §1.13); recalled labels, the codes decide. */
const contentTypes: Readonly<Record<string, Coded>> = {
  I: contentType('03', 'Hospitalisation complète'),
  O: contentType('07', 'Consultations externes'),
  R: contentType('19', 'Traitements et cures ambulatoires'),
  E: contentType('07', 'Consultations externes'),
  N: contentType('97', 'Autre'),
};
const OTHER_CONTENT = contentType('97', 'Autre');

function contentType(code: string, label: string): Coded {
  return { code, system: '1.2.250.1.213.2.2', label };
}

type ClaimAuthor = DeliveryClaim['submission']['author'];

/** XDS date and time: UTC, `YYYYMMDDhhmmss`. */
export const xdsTime = (instant: Date): string => instant.toISOString().replace(/[-:T]/g, '').slice(0, 14);

const xdsTimeOf = (dtm: string | undefined): string | null => {
  const instant = dtm ? toInstant(dtm) : undefined;
  return instant ? xdsTime(instant) : null;
};

/**
 * What the XDS metadata of a CDA are (interop §1.13), but for the patient and the artefact. `creationTime` is empty when the
 * document has no readable effectiveTime: the document is then incomplete for the DMP.
 */
export function entryMetadata(
  header: CdaHeader,
  level: 'N1' | 'N3',
  type: DocumentTypeSettings | undefined,
  flags: SteeringFlags,
  entity: LegalEntity,
): DeliveryClaim['document'] {
  const serviceEvent = header.serviceEvents[0];
  const organisation = organisationOf(entity);
  return {
    uniqueId: header.id.extension ? `${header.id.root}^${header.id.extension}` : header.id.root,
    setId: header.setId ? header.setId.root : null,
    version: header.versionNumber ?? 1,
    title: header.title || header.code.label || (type?.label ?? header.code.code),
    type: { ...header.code, label: header.code.label || (type?.label ?? header.code.code) },
    class: type?.classCode ?? { code: '10', system: '1.2.250.1.213.1.1.4.1', label: 'Compte rendu' },
    format: level === 'N1' ? FORMAT_N1_PDF : (type?.formatN3 ?? OUT_OF_PROFILE),
    confidentiality: [header.confidentiality, ...visibilityCodes(flags)],
    eventCodes: [...header.eventCodes],
    languageCode: header.languageCode || 'fr-FR',
    creationTime: header.effectiveAt ? xdsTime(header.effectiveAt) : '',
    serviceStartTime: xdsTimeOf(serviceEvent?.start),
    serviceStopTime: xdsTimeOf(serviceEvent?.stop),
    facilityType: header.encounter?.facilityType ?? {
      code: entity.activitySector,
      system: FACILITY_TYPES,
      label: 'Établissement de santé',
    },
    practiceSetting: serviceEvent?.practiceSetting ?? {
      code: 'ETABLISSEMENT',
      system: PRACTICE_SETTINGS,
      label: 'Établissement de santé',
    },
    authors:
      header.authors.length > 0
        ? header.authors.map((author) => authorOf(author, organisation))
        : [automate(organisation)],
    legalAuthenticator: header.legalAuthenticator ? personOf(header.legalAuthenticator) : null,
  };
}

/** The submission set's own metadata: who sends (PRT SB, else the document's author), in which context of care (PV1-2). */
export function submissionMetadata(
  sender: Sender | undefined,
  document: DeliveryClaim['document'],
  patientClass: string | undefined,
  flags: SteeringFlags,
  entity: LegalEntity,
): DeliveryClaim['submission'] {
  const organisation = organisationOf(entity);
  const first = document.authors[0] ?? automate(organisation);
  const author: ClaimAuthor = sender?.person
    ? { ...first, person: sender.person, device: null, organisation: sender.organisation ?? organisation }
    : { ...first, organisation };
  return {
    author,
    contentType: contentTypes[patientClass ?? ''] ?? OTHER_CONTENT,
    secretConnection: flags.connexionSecrete ?? false,
  };
}

/** Visibility restrictions as XDS confidentiality codes; HL7 v2 and CDA/XDS spell the third one differently (interop, trap 2). */
export function visibilityCodes(flags: SteeringFlags): Coded[] {
  const code = (name: string, label: string): Coded => ({ code: name, system: CONFIDENTIALITY_FR, label });
  return [
    ...(flags.masquePs ? [code('MASQUE_PS', 'Masqué aux professionnels de santé')] : []),
    ...(flags.invisiblePatient ? [code('INVISIBLE_PATIENT', 'Non visible par le patient')] : []),
    ...(flags.invisibleRepLegaux
      ? [code('INVISIBLE_REPRESENTANTS_LEGAUX', 'Non visible par les représentants légaux du patient')]
      : []),
  ];
}

export const organisationOf = (entity: LegalEntity): ClaimAuthor['organisation'] => ({
  id: `1${entity.finess}`,
  name: entity.name,
  idType: 'FINEJ',
});

const automate = (organisation: ClaimAuthor['organisation']): ClaimAuthor => ({
  person: null,
  device: 'AUTOMATE',
  organisation,
  speciality: null,
});

function authorOf(author: Author, fallback: ClaimAuthor['organisation']): ClaimAuthor {
  const id =
    author.organisation?.ids.find((candidate) => candidate.root === NATIONAL_STRUCTURES) ?? author.organisation?.ids[0];
  return {
    person: personOf(author),
    device: author.person ? null : (author.device?.model ?? author.device?.software ?? null),
    organisation: id?.extension
      ? {
          id: id.extension,
          name: author.organisation?.name ?? fallback.name,
          idType: id.root === NATIONAL_STRUCTURES ? 'IDNST' : 'INTRN',
        }
      : fallback,
    speciality: author.code ?? null,
  };
}

function personOf(participant: Participant): DeliveryClaim['document']['legalAuthenticator'] {
  const id = participant.ids.find((candidate) => candidate.root === NATIONAL_PERSONS) ?? participant.ids[0];
  if (!participant.person || !id?.extension) return null;
  return {
    id: id.extension,
    family: participant.person.family,
    given: participant.person.given,
    idType: id.root === NATIONAL_PERSONS ? 'IDNPS' : 'EI',
    idAuthority: id.root,
  };
}
