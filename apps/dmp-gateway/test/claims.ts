import { createHash, randomUUID } from 'node:crypto';
import { dmpClaimSchema, type DmpClaim } from '@pfi/contracts';

const loinc = '2.16.840.1.113883.6.1';
const organisation = (finess: string) => ({ id: finess, name: 'CHU de test', idType: 'FINEJ' });
const person = {
  id: '12345678901',
  family: 'CHIRURG',
  given: 'Anne',
  idType: 'RPPS',
  idAuthority: '1.2.250.1.71.4.2.1',
};

/** A go-ahead of the documents service for these bytes. */
export function sampleClaim(finess: string, content: Buffer, uniqueId: string): DmpClaim {
  const author = {
    person,
    device: null,
    organisation: organisation(finess),
    speciality: { code: 'G15_10/SM26', system: '1.2.250.1.213.1.1.4.5', label: 'Médecin - Médecine générale' },
  };
  return dmpClaimSchema.parse({
    deliveryId: randomUUID(),
    documentId: randomUUID(),
    lineageId: randomUUID(),
    legalEntity: finess,
    establishment: '990000119',
    channel: 'dmp',
    operation: 'send',
    predecessor: null,
    identityVersion: 1,
    artefact: {
      sha256: createHash('sha256').update(content).digest('hex'),
      mediaType: 'text/xml',
    },
    patient: {
      matricule: '279035121518989',
      oid: '1.2.250.1.213.1.4.10',
      local: { value: 'IPP1', authorityOid: '2.999.1' },
      traits: { birthName: 'PAT-TROIS', birthGivenNames: 'DOMINIQUE', birthDate: '1979-03-28', sex: 'F' },
    },
    document: {
      uniqueId,
      setId: null,
      version: 1,
      title: 'Lettre de liaison à la sortie',
      type: { code: '11490-0', system: loinc, label: 'Lettre de liaison à la sortie' },
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
