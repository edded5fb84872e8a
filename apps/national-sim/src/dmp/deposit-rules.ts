import { createHash } from 'node:crypto';
import { readCda } from '@pfi/cda';
import type { CdaDocument } from '@pfi/cda';
import { acceptedInsOids, isOid } from '@pfi/health';
import type { InsEnvironment } from '@pfi/health';
import { nationalStructureId } from '@pfi/xds';
import type { RegistryError, Submission, SubmittedDocument, Vihf, XdsPatientId } from '@pfi/xds';
import type { DepositStore } from './deposit-store.js';
import { isDmpTypeCode } from './dmp-type-codes.js';

/** Everything that the simulated DMP demands of a submission; an empty list accepts it. */
export function refusals(
  submission: Submission,
  vihf: Vihf,
  store: DepositStore,
  environment: InsEnvironment,
): RegistryError[] {
  const { submissionSet } = submission;
  if (store.knowsSubmissionSet(submissionSet.uniqueId)) {
    return [refusal('XDSDuplicateUniqueIdInRegistry', `Lot de soumission déjà reçu : ${submissionSet.uniqueId}`)];
  }
  const documents = [...submission.documents, ...(submission.signature ? [submission.signature] : [])];
  const institution = submissionSet.author.organisation;
  return [
    ...duplicatesInMessage(documents),
    ...(institution && nationalStructureId(institution) === vihf.structureId
      ? []
      : [
          refusal(
            'XDSRepositoryMetadataError',
            'La structure de l’auteur du lot n’est pas Identifiant_Structure du VIHF',
          ),
        ]),
    ...(acceptedInsOids(environment).includes(vihf.patientId.oid)
      ? []
      : [refusal('XDSUnknownPatientId', `OID d’INS refusé dans cet environnement : ${vihf.patientId.oid}`)]),
    ...samePatient(submissionSet.patientId, vihf, 'le lot de soumission'),
    ...documents.flatMap((document) => documentRefusals(document, vihf, store)),
    ...submission.documents.flatMap((document) => cdaRefusals(document, vihf)),
    ...(submission.replacements ?? []).flatMap(({ oldEntryUuid }) => replacementRefusals(oldEntryUuid, store)),
  ];
}

function documentRefusals({ entry, content }: SubmittedDocument, vihf: Vihf, store: DepositStore): RegistryError[] {
  const found: RegistryError[] = samePatient(entry.patientId, vihf, 'la fiche du document');
  const hash = sha1(content);
  if (entry.hash !== null && entry.hash !== hash) {
    found.push(refusal('XDSRepositoryMetadataError', 'hash : la valeur n’est pas celle des octets reçus'));
  }
  if (entry.size !== null && entry.size !== content.length) {
    found.push(refusal('XDSRepositoryMetadataError', `size : ${content.length} octets reçus`));
  }
  if (!isOid(entry.uniqueId))
    found.push(refusal('XDSDocumentUniqueIdError', 'uniqueId doit être un OID sans extension'));
  if (!isDmpTypeCode(entry.typeCode.code, entry.typeCode.system)) {
    found.push(refusal('XDSRegistryMetadataError', `typeCode hors de JDV_J66-TypeCode-DMP : ${entry.typeCode.code}`));
  }
  if (store.find({ uniqueId: entry.uniqueId }).some((known) => known.hash !== hash)) {
    found.push(refusal('XDSNonIdenticalHash', `Document déjà reçu avec d’autres octets : ${entry.uniqueId}`));
  }
  return found;
}

/** A document that is no readable CDA is not judged here. */
function cdaRefusals({ entry, content }: SubmittedDocument, vihf: Vihf): RegistryError[] {
  const cda = readableCda(content);
  if (!cda) return [];
  const { id, patient } = cda.header;
  return [
    ...(id.root === entry.uniqueId && id.extension === undefined
      ? []
      : [refusal('XDSDocumentUniqueIdError', 'uniqueId n’est pas l’identifiant du CDA')]),
    ...samePatient({ value: patient.ins?.matricule ?? '', oid: patient.ins?.oid ?? '' }, vihf, 'le CDA (recordTarget)'),
  ];
}

function readableCda(content: Buffer): CdaDocument | undefined {
  try {
    return readCda(content);
  } catch {
    return undefined;
  }
}

function replacementRefusals(oldEntryUuid: string, store: DepositStore): RegistryError[] {
  if (!store.get(oldEntryUuid)) return [refusal('XDSReplaceFailed', `Document remplacé inconnu : ${oldEntryUuid}`)];
  return store.status(oldEntryUuid) === 'Approved'
    ? []
    : [refusal('XDSRegistryDeprecatedDocumentError', `Document déjà remplacé : ${oldEntryUuid}`)];
}

function duplicatesInMessage(documents: readonly SubmittedDocument[]): RegistryError[] {
  const ids = documents.map((document) => document.entry.uniqueId);
  return new Set(ids).size === ids.length
    ? []
    : [refusal('XDSRegistryDuplicateUniqueIdInMessage', 'Deux documents portent le même uniqueId')];
}

function samePatient(patient: XdsPatientId, vihf: Vihf, where: string): RegistryError[] {
  return patient.value === vihf.patientId.value && patient.oid === vihf.patientId.oid
    ? []
    : [refusal('XDSPatientIdDoesNotMatch', `Le patient diffère entre le VIHF et ${where}`)];
}

export function refusal(errorCode: string, codeContext: string): RegistryError {
  return { errorCode, codeContext, severity: 'Error', location: null };
}

export function sha1(content: Buffer): string {
  return createHash('sha1').update(content).digest('hex');
}
