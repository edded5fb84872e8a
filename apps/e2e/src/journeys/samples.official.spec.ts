import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readCda } from '@pfi/cda';
import type { CdaDocument } from '@pfi/cda';
import { INS_OID } from '@pfi/health';
import { parseMessage, writeDocumentMessage } from '@pfi/hl7v2';
import { eventually } from '@pfi/platform-testing';
import { newControlId, newPatient, readAnswer } from '@pfi/tools';
import type { Sender } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

/** The publisher's own examples, read where PFI_REFERENCE_DIR says; never copied here. */
const reference = process.env['PFI_REFERENCE_DIR'];
if (!reference) throw new Error('PFI_REFERENCE_DIR must name the folder of the official samples');

const platform = new Platform();
const { api, simulator, doors } = platform;
const messagesDir = join(reference, 'hl7v2');
const cdaDir = join(reference, 'cda', 'ExemplesCDA');
const IPP = 'OFFICIEL-1';
const QUALIFIED = '279035121518989';
const OFFICIAL = {
  ins: { matricule: QUALIFIED, oid: INS_OID.nirTest },
  traits: {
    birthName: 'PAT-TROIS',
    birthGivenNames: 'DOMINIQUE',
    birthFirstGivenName: 'DOMINIQUE',
    birthDate: '1979-03-28',
    sex: 'F',
    birthPlace: '63220',
  },
} as const;
const said = (bytes: Buffer): string => {
  const { code, hl7Code, ourCode } = readAnswer(bytes);
  return [code, hl7Code, ourCode].filter(Boolean).join(' ');
};

afterAll(() => platform.close());

describe('official ADT', () => {
  it.each([
    'pam-fr-consentement/ConsentementConsultation_NonOppositionAlimentation.er7',
    'pam-fr-consentement/NonConsentementConsultation_NonOppositionAlimentation.er7',
    'pam-fr-consentement/NonConsentementConsultation_OppositionAlimentation.er7',
    'pam-fr-consentement/NonRecueillieConsentementConsultation_NonOppositionAlimentation.er7',
    'pam-fr-consentement/NonRecueillieConsentementConsultation_NonRecueillieOppositionAlimentation.er7',
    'sgl/admission.er7',
    'sgl/sortie.er7',
  ])('%s is accepted as stored', async (file) => {
    expect(said(await doors.identityBytes(readFileSync(join(messagesDir, file))))).toBe('AA');
  });

  it('leave a patient whose INS is qualified', async () => {
    const known = await api.patients({ ins: { matricule: QUALIFIED } });
    expect(known).toContainEqual(expect.objectContaining({ ins: expect.objectContaining({ status: 'qualifiee' }) }));
  });
});

describe('official MDM and ORU', () => {
  const stored = (file: string): Buffer => readFileSync(join(messagesDir, 'trans-doc-2.1', file));
  const cdaOf = (file: string): Buffer =>
    Buffer.from(parseMessage(stored(file)).segment('OBX')?.value(5, 5) ?? '', 'base64');
  const initial = 'mdm-initial/message_MDM_CR_Radio_INIT_N1_Base64.er7';
  const replacement = 'mdm-remplacement/message_MDM_CR_Radio_RPLC_N1.er7';
  const deletion = 'mdm-suppression/message_MDM_CR_Radio_DEL_N1.er7';

  /** The document of a file, once its delivery to the DMP is in a state. */
  const document = (file: string, source: string, state: string) =>
    eventually(
      async () => {
        const [found] = await api.documents({ source, documentId: readCda(cdaOf(file)).header.id.root });
        expect(found?.deliveries.findLast(({ channel }) => channel === 'dmp')).toMatchObject({ state });
        return found!;
      },
      { timeoutMs: 30_000, everyMs: 250 },
    );

  const statusOf = async (uniqueId: string) => (await simulator.entries({ uniqueId })).map(({ status }) => status);

  it.each([
    ['mdm-initial/message_MDM_CR_Radio_INIT_N1.er7', 'AE 102 CDA_INVALID'],
    [initial, 'AA'],
    ['oru-initial/message_ORU_CR_Bio_INIT_N3_SEGUR.hl7', 'AA'],
    ['oru-remplacement/message_ORU_CR_Bio_RPLC_N3_SEGUR.hl7', 'AA'],
    ['oru-suppression/message_ORU_CR_Bio_DEL_N3_SEGUR.hl7', 'AE 207 PATIENT_MISMATCH'],
  ])('%s is answered %s', async (file, answer) => {
    expect(said(await doors.documentBytes(stored(file)))).toBe(answer);
  });

  it.each([
    [initial, 'organisation-y-ris', ['dmp', 'mss-pro']],
    ['oru-initial/message_ORU_CR_Bio_INIT_N3_SEGUR.hl7', 'organisation-y-sil', ['dmp', 'mss-pro', 'mss-patient']],
  ])('%s is in the DMP byte for byte', async (file, source, channels) => {
    const found = await document(file, source, 'delivered');
    expect(new Set(found.deliveries.map(({ channel }) => channel))).toEqual(new Set(channels));
    const [entry] = await simulator.entries({ uniqueId: found.documentId });
    expect(await simulator.content(entry!)).toEqual(cdaOf(file));
  });

  it('the replacement of the ORU names another document than its set: a person decides', async () => {
    const file = 'oru-remplacement/message_ORU_CR_Bio_RPLC_N3_SEGUR.hl7';
    const found = await document(file, 'organisation-y-sil', 'parked');
    expect(found.reasons).toContainEqual(expect.objectContaining({ code: 'LINEAGE_CONFLICT' }));
  });

  it('the replacement of the MDM takes the place of the document, its deletion takes it away', async () => {
    expect(said(await doors.documentBytes(stored(replacement)))).toBe('AA');
    const second = await document(replacement, 'organisation-y-ris', 'delivered');
    const first = await document(initial, 'organisation-y-ris', 'delivered');
    expect(second).toMatchObject({ lineageId: first.lineageId, replaces: first.id });
    expect(await statusOf(first.documentId)).toEqual(['Deprecated']);
    expect(await statusOf(second.documentId)).toEqual(['Approved']);
    expect(said(await doors.documentBytes(stored(deletion)))).toBe('AA');
    await eventually(async () => expect(await statusOf(second.documentId)).toEqual(['Deleted']), { timeoutMs: 30_000 });
    expect((await document(replacement, 'organisation-y-ris', 'delivered')).state).toBe('withdrawn');
  });
});

describe('official CDA documents', () => {
  const files = readdirSync(cdaDir)
    .filter((file) => file.endsWith('.xml'))
    .sort();
  const ris = platform.sender('organisation-y-ris');
  // another legal entity: the same document of the same one would be absorbed
  const laboratory = platform.sender('dpi2');

  beforeAll(async () => {
    expect(files).toHaveLength(15);
    const patient = { ...newPatient(laboratory.authority), ipp: IPP, ins: OFFICIAL.ins, traits: OFFICIAL.traits };
    await platform.tellIdentity('gam2', 'A28', patient, 'qualifiee');
  });

  function wrapped(cda: Buffer, { header }: CdaDocument, messageType: 'MDM' | 'ORU', by: Sender) {
    const controlId = newControlId();
    const { ins, traits } = header.patient;
    const message = writeDocumentMessage({
      header: {
        application: by.application,
        facility: by.facility,
        receivingApplication: 'PFI',
        receivingFacility: by.facility,
        at: new Date(),
        controlId,
      },
      messageType,
      kind: 'initial',
      typeCode: header.code,
      cda,
      documentId: header.id,
      patient: {
        identifiers: [{ authority: by.authority, value: IPP, type: 'PI' }],
        ...(ins ? { ins } : {}),
        traits,
        pid32: ['VALI'],
      },
      visit: { patientClass: 'N' },
      sender: {
        person: {
          id: '810000000009',
          family: 'MEDECIN',
          given: 'Anne',
          idType: 'IDNPS',
          idAuthority: '1.2.250.1.71.4.2.1',
        },
        organisation: { id: by.establishment, name: by.establishmentName, idType: 'FINEG' },
      },
      recipients: [],
      flags: { destDmp: true, destMssPs: false, destMssPat: false, ackReception: true },
      bodies: {},
    });
    return { controlId, message };
  }

  it.each(files.flatMap((file) => [[file, 'MDM'] as const, [file, 'ORU'] as const]))(
    '%s in an %s is once in the DMP, byte for byte',
    async (file, messageType) => {
      const cda = readFileSync(join(cdaDir, file));
      const read = readCda(cda);
      expect(read.header.patient.ins?.matricule).toBe(QUALIFIED);
      const by = messageType === 'MDM' ? ris : laboratory;
      const { controlId, message } = wrapped(cda, read, messageType, by);
      expect(said(await doors.documentBytes(message))).toBe('AA');
      const { document } = await platform.awaitDmp({ controlId }, 'delivered', { timeoutMs: 30_000 });
      const entries = await simulator.entries({ uniqueId: document.documentId });
      const deposited = entries.filter(({ structureId }) => structureId.endsWith(by.establishment));
      expect(deposited).toHaveLength(1);
      expect(await simulator.content(deposited[0]!)).toEqual(cda);
    },
  );
});
