import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readAck } from './acknowledgement.js';
import type { UsedAdt } from './adt.js';
import type { DocumentMessage } from './document-message.js';
import { parseMessage } from './parse-message.js';
import { readAdt } from './read-adt.js';
import { readDocumentMessage } from './read-document-message.js';
import { readZam } from './zam.js';

/** The publisher's own examples, read where PFI_REFERENCE_DIR says; never copied here. */
const reference = process.env['PFI_REFERENCE_DIR'];
if (!reference) throw new Error('PFI_REFERENCE_DIR must name the folder of the official samples');
const root = join(reference, 'hl7v2');
const files = (readdirSync(root, { recursive: true }) as string[]).filter((file) => /\.(?:er7|hl7)$/.test(file)).sort();
const bytesOf = (file: string): Buffer => readFileSync(join(root, file));
const adtOf = (file: string): UsedAdt => {
  const adt = readAdt(parseMessage(bytesOf(file)));
  if (adt.kind === 'unused') throw new Error(`${file}: unused event`);
  return adt;
};
const documentOf = (file: string): DocumentMessage => readDocumentMessage(parseMessage(bytesOf(file)));

const QUALIFIED = {
  ins: { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
  pid32: ['VALI'],
  traits: {
    birthName: 'PAT-TROIS',
    birthGivenNames: 'DOMINIQUE',
    birthFirstGivenName: 'DOMINIQUE',
    birthDate: '1979-03-28',
    sex: 'F',
    birthPlace: '63220',
  },
};

describe('official samples', () => {
  it('are all there', () => {
    expect(files).toHaveLength(26);
  });

  it.each(files)('%s is read as what it says it is', (file) => {
    const message = parseMessage(bytesOf(file));
    switch (message.header.messageType) {
      case 'ADT':
        expect(readAdt(message).kind).toBe('movement');
        break;
      case 'ZAM':
        expect(readZam(message).originalControlId).toBe('015');
        break;
      case 'ACK':
        expect(readAck(bytesOf(file))).toMatchObject({ code: 'AA', controlId: '015' });
        break;
      default:
        expect(readDocumentMessage(message).header.controlId).toBe('015');
    }
  });
});

describe('official ADT', () => {
  it.each([
    ['ConsentementConsultation_NonOppositionAlimentation', 'INO', 'IC', '3975'],
    ['NonConsentementConsultation_NonOppositionAlimentation', 'INO', 'INC', expect.any(String)],
    ['NonConsentementConsultation_OppositionAlimentation', 'IO', 'INC', expect.any(String)],
    ['NonRecueillieConsentementConsultation_NonOppositionAlimentation', 'INO', 'NA', expect.any(String)],
    ['NonRecueillieConsentementConsultation_NonRecueillieOppositionAlimentation', 'NA', 'NA', '3979'],
  ])('%s: qualified INS, opposition %s, consultation %s', (name, opposition, consultation, controlId) => {
    const adt = adtOf(`pam-fr-consentement/${name}.er7`);
    expect(adt).toMatchObject({
      event: 'A01',
      header: { controlId, processingId: 'D', nationalVersion: '2.11' },
      patient: QUALIFIED,
      zfa: { dmpStatus: 'ACTIF', opposition, consultation },
      movement: { action: 'INSERT', medicalUnit: { code: '6268' }, nature: 'HMS' },
      warnings: [],
    });
    expect(adt.patient.identifiers).toEqual([
      { authority: { name: 'CHU-X', oid: '000897406' }, value: '000003', type: 'PI' },
    ]);
  });

  it('admission has a qualified INS and uses MSH-10 3975 again', () => {
    expect(adtOf('sgl/admission.er7')).toMatchObject({
      header: { controlId: '3975' },
      patient: QUALIFIED,
      visit: { number: '000897406', patientClass: 'I' },
      warnings: [],
    });
  });

  it('sortie has a shifted ZBE, read with a warning, and no end of stay', () => {
    const adt = adtOf('sgl/sortie.er7');
    expect(adt).toMatchObject({
      event: 'A03',
      patient: QUALIFIED,
      movement: { action: 'INSERT', historic: false, medicalUnit: { code: '8782', label: 'Urgences' }, nature: 'HMS' },
      warnings: [{ code: 'ZBE_SHIFTED' }],
    });
    expect(adt.visit?.endedAt).toBeUndefined();
    expect(adt.movement?.at).toEqual(new Date('2024-03-06T10:00:00Z'));
  });
});

describe('official MDM', () => {
  const folder = 'trans-doc-2.1';

  it('the first initial one holds 39 bytes of text, which the codec gives as they are', () => {
    const { cda } = documentOf(`${folder}/mdm-initial/message_MDM_CR_Radio_INIT_N1.er7`);
    expect(cda).toHaveLength(39);
  });

  it('the base64 initial one carries a CDA, a document id with a namespace, and the flags N/Y/Y/Y', () => {
    const document = documentOf(`${folder}/mdm-initial/message_MDM_CR_Radio_INIT_N1_Base64.er7`);
    expect(document).toMatchObject({
      kind: 'initial',
      typeCode: { code: '18748-4', system: '2.16.840.1.113883.6.1' },
      patient: QUALIFIED,
      txa: { documentId: { root: '1.2.250.1.71.4.2.2.120456789.71024000081' } },
      sender: { person: { id: '801234564895' }, organisation: { id: '300017985', idType: 'FINEG' } },
      flags: {
        masquePs: false,
        invisiblePatient: true,
        invisibleRepLegaux: true,
        connexionSecrete: true,
        destDmp: true,
      },
      warnings: [],
    });
    expect(document.cda.subarray(0, 18).toString()).toBe('<ClinicalDocument ');
    expect(document.bodies.ps).toContain('confrère');
  });

  it.each([
    ['mdm-remplacement/message_MDM_CR_Radio_RPLC_N1.er7', 'replace', 'T10'],
    ['mdm-suppression/message_MDM_CR_Radio_DEL_N1.er7', 'delete', 'T04'],
  ])('%s is recognised as %s, padding or not', (file, kind, event) => {
    expect(documentOf(`${folder}/${file}`)).toMatchObject({
      kind,
      header: { event },
      txa: { parentId: { root: '1.2.250.1.71.4.2.2.120456789.71024000081' } },
    });
  });

  it.each([
    ['oru-initial/message_ORU_CR_Bio_INIT_N3_SEGUR.hl7', 'initial', true],
    ['oru-remplacement/message_ORU_CR_Bio_RPLC_N3_SEGUR.hl7', 'replace', false],
    ['oru-suppression/message_ORU_CR_Bio_DEL_N3_SEGUR.hl7', 'delete', false],
  ])('%s is recognised as %s, with a mail body that is not base64', (file, kind, ackReception) => {
    const document = documentOf(`${folder}/${file}`);
    expect(document).toMatchObject({
      kind,
      typeCode: { code: '11502-2' },
      patient: QUALIFIED,
      flags: { destDmp: true, destMssPs: true, destMssPat: true, ackReception },
      bodies: {},
      warnings: [{ code: 'BODY_TEXT_INVALID' }],
      replyTo: 'adam.hoda@test-ci-sis.mssante.fr',
    });
    expect(document.recipients.map((recipient) => recipient.kind)).toEqual(['professional', 'patient']);
    expect(document.cda.subarray(0, 5).toString()).toBe('<?xml');
  });
});
