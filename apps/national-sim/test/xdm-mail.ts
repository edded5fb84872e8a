import { randomUUID } from 'node:crypto';
import { writeXdm } from '@pfi/xdm';
import type { DocumentEntry, SubmissionSet } from '@pfi/xds';
import type SMTPPool from 'nodemailer/lib/smtp-pool';
import { mailbox } from './running-simulators.js';

const code = (value: string) => ({ code: value, system: '1.2.3', label: value });
export const matricule = '279035121518989';
const patientId = { value: matricule, oid: '1.2.250.1.213.1.4.10' };
const author = {
  person: null,
  device: 'PFI',
  organisation: { id: '1990000101', name: 'CH X', idType: 'IDNST' },
  speciality: null,
};
const submissionSet: SubmissionSet = {
  entryUuid: 'urn:uuid:018f4e10-0000-7000-8000-000000000001',
  uniqueId: '2.999.1.1',
  sourceId: '2.999.1',
  patientId,
  submissionTime: '20261123080000',
  contentType: code('03'),
  author,
};
const entry: DocumentEntry = {
  entryUuid: 'urn:uuid:018f4e10-0000-7000-8000-000000000002',
  uniqueId: '2.999.1.2',
  mimeType: 'text/xml',
  title: 'Lettre de liaison à la sortie',
  hash: null,
  size: null,
  languageCode: 'fr-FR',
  creationTime: '20261123080000',
  serviceStartTime: null,
  serviceStopTime: null,
  patientId,
  sourcePatientId: { value: 'IPP1', oid: '2.999.1.1' },
  sourcePatientInfo: ['PID-5|PAT-TROIS^DOMINIQUE^^^^^L', 'PID-7|19790328', 'PID-8|F'],
  legalAuthenticator: null,
  authors: [author],
  classCode: code('10'),
  typeCode: code('11490-0'),
  formatCode: code('urn:ihe:iti:xds-sd:pdf:2008'),
  confidentialityCodes: [code('N')],
  eventCodes: [],
  healthcareFacilityTypeCode: code('SA01'),
  practiceSettingCode: code('ETABLISSEMENT'),
  version: null,
};

/** A mail without breach of the rules, to change at will. */
export async function conformingMail(to: string, change: SMTPPool.Options | object = {}) {
  const archive = await writeXdm({
    ...{ submissionSet, entry, pdf: null, action: null, actionSlot: 'urn:example:action' },
    cda: Buffer.from('<ClinicalDocument/>'),
  });
  return {
    from: `"CH X" <${mailbox}>`,
    to,
    subject: 'XDM/1.0/DDM+Lettre de liaison PAT-TROIS DOMINIQUE 28/03/1979',
    messageId: `<${randomUUID()}@chx.mssante.fr>`,
    text: 'Bonjour,\r\nveuillez trouver ce document.\r\n',
    headers: { 'X-MSS-NIL': 'NIL-1', 'X-MSS-CODECDA': '11490-0', 'X-MSS-INS': 'O' },
    attachments: [
      { filename: 'IHE_XDM.zip', contentType: 'application/zip', content: archive },
      {
        filename: '20261123_Lettre_de_liaison_PAT-TROIS_DOMINIQUE.pdf',
        contentType: 'application/pdf',
        content: Buffer.from('%PDF-1.4\n%%EOF\n'),
      },
    ],
    dsn: { id: 'envelope-1', return: 'headers' as const, notify: ['success', 'failure'], recipient: to },
    ...change,
  };
}
