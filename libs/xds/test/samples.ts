import { createHash, randomUUID } from 'node:crypto';
import type { DocumentEntry, RequestEnvelope, Submission, XdsAuthor } from '../src/index.js';

export const author: XdsAuthor = {
  person: { id: '801234560801', family: 'CHIRURG', given: 'Anne', idType: 'IDNPS', idAuthority: '1.2.250.1.71.4.2.1' },
  device: null,
  organisation: { id: '1120456789', name: 'CHU X', idType: 'IDNST' },
  speciality: {
    code: 'G15_10/SM26',
    system: '1.2.250.1.213.1.1.4.5',
    label: 'Médecin - Médecine générale',
  },
};

export function sampleEntry(content: Buffer, change: Partial<DocumentEntry> = {}): DocumentEntry {
  return {
    entryUuid: `urn:uuid:${randomUUID()}`,
    uniqueId: '1.2.3.4.5.2025.77',
    mimeType: 'text/xml',
    title: 'Compte rendu opératoire',
    hash: createHash('sha1').update(content).digest('hex'),
    size: content.length,
    languageCode: 'fr-FR',
    creationTime: '20250102091500',
    serviceStartTime: '20250102070000',
    serviceStopTime: null,
    patientId: { value: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
    sourcePatientId: { value: 'IPP0001', oid: '1.2.3.4.9' },
    sourcePatientInfo: ['PID-5|PAT-TROIS^DOMINIQUE^^^^^L', 'PID-7|19790328', 'PID-8|F'],
    legalAuthenticator: author.person,
    authors: [author],
    classCode: { code: '10', system: '1.2.250.1.213.1.1.4.1', label: 'Compte rendu' },
    typeCode: { code: '34874-8', system: '2.16.840.1.113883.6.1', label: 'CR opératoire' },
    formatCode: { code: 'urn:ihe:iti:xds-sd:pdf:2008', system: '1.3.6.1.4.1.19376.1.2.3', label: 'PDF' },
    confidentialityCodes: [
      { code: 'N', system: '2.16.840.1.113883.5.25', label: 'Normal' },
      { code: 'INVISIBLE_PATIENT', system: '1.2.250.1.213.1.1.4.13', label: 'Non visible par le patient' },
    ],
    eventCodes: [{ code: '1.2', system: '1.9', label: 'Acte' }],
    healthcareFacilityTypeCode: { code: 'SA01', system: '1.2.250.1.71.4.2.4', label: 'Etablissement public de santé' },
    practiceSettingCode: { code: 'ETABLISSEMENT', system: '1.2.250.1.213.1.1.4.9', label: 'Etablissement de santé' },
    version: null,
    ...change,
  };
}

export function sampleSubmission(content: Buffer, change: Partial<DocumentEntry> = {}): Submission {
  const entry = sampleEntry(content, change);
  return {
    submissionSet: {
      entryUuid: `urn:uuid:${randomUUID()}`,
      uniqueId: '2.25.1234567890',
      sourceId: '1.2.3.4.5',
      patientId: entry.patientId,
      submissionTime: '20250102093000',
      contentType: { code: '03', system: '1.2.250.1.213.2.2', label: 'Hospitalisation complète' },
      author,
    },
    documents: [{ entry, content }],
    replacements: [],
  };
}

export function sampleEnvelope(change: Partial<RequestEnvelope> = {}): RequestEnvelope {
  return { messageId: `urn:uuid:${randomUUID()}`, to: 'https://dmp.example/repository', assertion: null, ...change };
}

export function joined(body: readonly Buffer[]): Buffer {
  return Buffer.concat(body);
}
