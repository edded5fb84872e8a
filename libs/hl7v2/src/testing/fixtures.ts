import { INS_OID } from '@pfi/health';
import type { DocumentMessageSpec } from '../write-document-message.js';
import type { AdtSpec } from '../write-adt.js';
import type { MessagePatient } from '../model.js';
import type { HeaderSpec } from '../segment-writer.js';

/** Synthetic messages for the tests of this library. */
export const sampleHeader: HeaderSpec = {
  application: 'DPI',
  facility: 'HOP',
  receivingApplication: 'PFI',
  receivingFacility: 'HOP',
  at: new Date('2025-01-02T09:15:00Z'),
  controlId: 'M1',
  processingId: 'T',
};

export const samplePatient: MessagePatient = {
  identifiers: [{ authority: { name: 'HOP', oid: '1.2.3.4.9' }, value: 'IPP0001', type: 'PI' }],
  ins: { matricule: '279035121518989', oid: INS_OID.nirTest },
  traits: {
    birthName: "D'ÉPREUVE-L\\ONG|UE",
    birthGivenNames: 'ANNE MARIE',
    birthFirstGivenName: 'ANNE',
    usedName: 'ÉPOUSE~X',
    usedGivenName: 'ANNIE',
    birthDate: '1979-03-28',
    sex: 'F',
    birthPlace: '2A004',
  },
  pid32: ['VALI', 'FICT'],
  accountNumber: { authority: { name: 'HOP', oid: '1.2.3.4.9' }, value: 'D42', type: 'AN' },
};

export const sampleAdt: AdtSpec = {
  header: sampleHeader,
  event: 'A01',
  occurredAt: new Date('2025-01-02T08:00:00Z'),
  patient: samplePatient,
  visit: {
    number: 'V1',
    authority: { name: 'HOP', oid: '1.2.3.4.9.1' },
    patientClass: 'I',
    unit: '6268',
    admittedAt: new Date('2025-01-02T08:00:00Z'),
    endedAt: new Date('2025-01-05T10:00:00Z'),
  },
  movement: {
    id: { value: '9001', authority: { name: 'HOP', oid: '1.2.3.4' } },
    at: new Date('2025-01-02T08:00:00Z'),
    action: 'INSERT',
    historic: false,
    medicalUnit: { code: '6268', label: 'Chirurgie A' },
    nursingUnit: { code: '6269', label: 'Soins A' },
    nature: 'HMS',
  },
  zfa: {
    dmpStatus: 'ACTIF',
    dmpStatusAt: new Date('2025-01-02T09:15:00Z'),
    opposition: 'IO',
    oppositionAt: new Date('2025-01-02T09:15:00Z'),
    consultation: 'NA',
  },
  zfd: {
    birthDateCorrected: false,
    obtainedBy: 'INSI',
    insiCalledOn: '20250102',
    proof: 'CN',
    proofEndsOn: '20300101',
  },
};

export const sampleDocument: DocumentMessageSpec = {
  header: sampleHeader,
  messageType: 'MDM',
  kind: 'initial',
  typeCode: { code: '11490-0', system: '2.16.840.1.113883.6.1', label: 'Lettre de liaison à la sortie' },
  cda: Buffer.from('<ClinicalDocument xmlns="urn:hl7-org:v3"/>'),
  documentId: { root: '1.2.3.4.5.2025.77' },
  patient: samplePatient,
  visit: { number: 'V1', authority: { name: 'HOP', oid: '1.2.3.4.9.1' }, patientClass: 'I' },
  sender: {
    person: {
      id: '810000000009',
      family: 'CHIRURG',
      given: 'Anne',
      idType: 'IDNPS',
      idAuthority: '1.2.250.1.71.4.2.1',
    },
    organisation: { id: '120456789', name: 'Hôpital d’essai', idType: 'FINEG' },
    device: 'DPI-7',
  },
  recipients: [
    {
      kind: 'professional',
      person: {
        id: '810000000009',
        family: 'MARTIN',
        given: 'Paul',
        idType: 'IDNPS',
        idAuthority: '1.2.250.1.71.4.2.1',
      },
      address: 'paul.martin@essai.mssante.fr',
    },
    {
      kind: 'patient',
      person: { id: '279035121518989', family: 'D', given: 'ANNE', idType: 'INS', idAuthority: INS_OID.nirTest },
      address: '279035121518989@patient.mssante.fr',
    },
    { kind: 'organisation', organisation: { id: '300017985', name: 'Clinique', idType: 'FINEG' } },
    { kind: 'application', application: 'SIH', address: 'appli@essai.mssante.fr' },
  ],
  replyTo: 'secretariat@essai.mssante.fr',
  flags: {
    masquePs: false,
    invisiblePatient: true,
    invisibleRepLegaux: false,
    connexionSecrete: false,
    modifConfCode: false,
    destDmp: true,
    destMssPs: true,
    destMssPat: true,
    ackReception: true,
    ackLecture: false,
    finMes: true,
  },
  bodies: { ps: 'Cher confrère,\r\nvoici la lettre.', patient: 'Bonjour' },
};
