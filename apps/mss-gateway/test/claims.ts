import { createHash, randomUUID } from 'node:crypto';
import { mailClaimSchema, type MailClaim } from '@pfi/contracts';
import { uuidToOid } from '@pfi/health';

/** What a test may say otherwise than the sample. */
export interface ClaimChanges {
  readonly channel?: MailClaim['channel'];
  readonly operation?: MailClaim['operation'];
  readonly recipient?: Partial<MailClaim['recipient']>;
  readonly mail?: Partial<MailClaim['mail']>;
  readonly patient?: Partial<MailClaim['patient']>;
  readonly predecessor?: MailClaim['predecessor'];
}

export const MATRICULE = '279035121518989';

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const organisation = (finess: string) => ({ id: finess, name: 'CHU de test', idType: 'FINEJ' });
const person = {
  id: '12345678901',
  family: 'CHIRURG',
  given: 'Anne',
  idType: 'RPPS',
  idAuthority: '1.2.250.1.71.4.2.1',
};

/** A go-ahead of the documents service for these bytes; to a professional with an address unless `changes` say otherwise. */
export function sampleClaim(finess: string, cda: Buffer, pdf: Buffer, changes: ClaimChanges = {}): MailClaim {
  const { channel = 'mss-pro', operation = 'send', predecessor = null } = changes;
  const author = {
    person,
    device: null,
    organisation: organisation(finess),
    speciality: { code: 'G15_10/SM26', system: '1.2.250.1.213.1.1.4.5', label: 'Médecin - Médecine générale' },
  };
  return mailClaimSchema.parse({
    deliveryId: randomUUID(),
    documentId: randomUUID(),
    lineageId: randomUUID(),
    legalEntity: finess,
    establishment: '990000119',
    channel,
    operation,
    predecessor,
    identityVersion: 1,
    artefact: { sha256: sha256(cda), mediaType: 'text/xml' },
    pdf: operation === 'withdraw' ? null : { sha256: sha256(pdf) },
    patient: {
      matricule: MATRICULE,
      oid: '1.2.250.1.213.1.4.10',
      local: { value: 'IPP1', authorityOid: '2.999.1' },
      traits: { birthName: 'PAT-TROIS', birthGivenNames: 'DOMINIQUE', birthDate: '1979-03-28', sex: 'F' },
      ...changes.patient,
    },
    recipient:
      channel === 'mss-patient'
        ? { kind: 'patient', id: null, name: null, address: null, ...changes.recipient }
        : {
            ...{ kind: 'professional', id: '810000000017', name: 'MÉDECIN Camille' },
            address: `camille.medecin@cabinet-${randomUUID().slice(0, 8)}.mssante.fr`,
            ...changes.recipient,
          },
    mail: { body: null, replyTo: null, replyAllowed: true, readNotice: false, ...changes.mail },
    document: {
      uniqueId: uuidToOid(randomUUID()),
      setId: null,
      version: 1,
      title: 'Lettre de liaison à la sortie',
      type: { code: '11490-0', system: '2.16.840.1.113883.6.1', label: 'Lettre de liaison à la sortie' },
      class: { code: '10', system: '1.2.250.1.213.1.1.4.1', label: 'Compte rendu' },
      format: { code: 'urn:ihe:iti:xds-sd:pdf:2008', system: '1.3.6.1.4.1.19376.1.2.3', label: 'PDF' },
      confidentiality: [{ code: 'N', system: '2.16.840.1.113883.5.25', label: 'Normal' }],
      eventCodes: [],
      languageCode: 'fr-FR',
      creationTime: '20260102101500',
      serviceStartTime: '20260101000000',
      serviceStopTime: null,
      facilityType: { code: 'SA01', system: '1.2.250.1.71.4.2.4', label: 'Établissement public de santé' },
      practiceSetting: { code: 'ETABLISSEMENT', system: '1.2.250.1.213.1.1.4.9', label: 'Établissement de santé' },
      authors: [author],
      legalAuthenticator: person,
    },
    submission: {
      author,
      contentType: { code: '04', system: '1.2.250.1.213.2.2', label: 'Hospitalisation de jour' },
      secretConnection: false,
    },
  });
}
