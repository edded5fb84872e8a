import { describe, expect, it } from '@jest/globals';
import type { Ins, PatientTraits } from '@pfi/health';
import { judgeDmpDelivery } from './dmp-gate.js';
import type { GatedDocument, KnownIdentity } from './gated-document.js';

const ins: Ins = { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' };
const otherIns: Ins = { matricule: '297022A02077878', oid: '1.2.250.1.213.1.4.10' };
const traits: PatientTraits = { birthName: 'ESSAI-UN', birthGivenNames: 'CAMILLE', birthDate: '1980-01-02', sex: 'F' };

const document = (overrides: Partial<GatedDocument> = {}): GatedDocument => ({
  content: 'cda',
  insInDocument: null,
  insDeclared: null,
  traitsInDocument: traits,
  typeAcceptedByDmp: true,
  idIsOid: true,
  complete: true,
  lineageConflict: false,
  vouchPending: false,
  completeIns: 'derive',
  ...overrides,
});
const identity = (overrides: Partial<KnownIdentity> = {}): KnownIdentity => ({
  patientId: '5f0f9a9a-6a2c-4f77-9f5c-1f3c3a3d0001',
  version: 3,
  status: 'qualifiee',
  ins,
  traits,
  dmpOpposition: 'none',
  fictitious: false,
  ...overrides,
});
const settings = { channelEnabled: true, depositWhenConsentUnknown: true };
const judge = (d = document(), i: KnownIdentity | null = identity(), s = settings) => {
  const { state, reasons, artefact } = judgeDmpDelivery(d, i, s);
  return [state, reasons[0]?.code ?? artefact?.making];
};

describe('the gate before the DMP', () => {
  it('holds a document whose patient is unknown, or whose vouched identity is on its way', () => {
    expect(judge(document(), null)).toEqual(['held', 'PATIENT_UNKNOWN']);
    expect(judge(document({ vouchPending: true }), null)).toEqual(['held', 'IDENTITY_PENDING']);
  });

  it.each(['provisoire', 'recuperee', 'validee'] as const)('holds a document whose identity is %s', (status) => {
    expect(judge(document(), identity({ status }))).toEqual(['held', 'INS_NOT_QUALIFIED']);
  });

  it('lets a CDA that carries the qualified INS leave unchanged', () => {
    expect(judge(document({ insInDocument: ins, completeIns: 'refuse' }))).toEqual(['pending', 'as-received']);
  });

  it('parks a CDA that carries another INS, whatever its source allows', () => {
    expect(judge(document({ insInDocument: otherIns }))).toEqual(['parked', 'INS_MISMATCH']);
  });

  it('parks a document without INS whose message said another INS than the patient’s', () => {
    expect(judge(document({ insDeclared: otherIns }))).toEqual(['parked', 'INS_MISMATCH']);
    expect(judge(document({ content: 'pdf', insDeclared: otherIns }))).toEqual(['parked', 'INS_MISMATCH']);
    expect(judge(document({ content: 'pdf', insDeclared: ins }))).toEqual(['pending', 'render-n1']);
  });

  it('completes a CDA without INS when its source derives, refuses it when its source does not', () => {
    expect(judge(document())).toEqual(['pending', 'complete-ins']);
    expect(judge(document({ completeIns: 'refuse' }))).toEqual(['refused', 'INS_ABSENT_FROM_DOCUMENT']);
  });

  it('parks rather than joins an INS to a document about somebody else', () => {
    const somebodyElse = { ...traits, birthDate: '1980-02-01' };
    expect(judge(document({ traitsInDocument: somebodyElse }))).toEqual(['parked', 'TRAITS_MISMATCH']);
  });

  it('renders a received PDF as an N1 once the INS is qualified', () => {
    expect(judge(document({ content: 'pdf' }))).toEqual(['pending', 'render-n1']);
  });

  it('does not deposit for an opposed patient, qualified or not', () => {
    expect(judge(document(), identity({ dmpOpposition: 'opposed' }))).toEqual(['not-applicable', 'DMP_OPPOSITION']);
    expect(judge(document(), identity({ dmpOpposition: 'opposed', status: 'provisoire' }))).toEqual([
      'not-applicable',
      'DMP_OPPOSITION',
    ]);
  });

  it('deposits when the opposition was not collected, unless the setting says to wait', () => {
    const notCollected = identity({ dmpOpposition: 'not-collected' });
    expect(judge(document(), notCollected)).toEqual(['pending', 'complete-ins']);
    expect(judge(document(), notCollected, { ...settings, depositWhenConsentUnknown: false })).toEqual([
      'held',
      'DMP_CONSENT_UNKNOWN',
    ]);
  });

  it('never asks a person about a document that the DMP would refuse anyway', () => {
    expect(judge(document({ typeAcceptedByDmp: false }), null)).toEqual(['not-applicable', 'TYPE_NOT_ACCEPTED_BY_DMP']);
    expect(judge(document({ idIsOid: false }), null)).toEqual(['refused', 'DOCUMENT_ID_NOT_ACCEPTED']);
    expect(judge(document({ complete: false }), null)).toEqual(['refused', 'DOCUMENT_INCOMPLETE']);
  });

  it('parks a contradiction between parent and set', () => {
    expect(judge(document({ lineageConflict: true, insInDocument: ins }))).toEqual(['parked', 'LINEAGE_CONFLICT']);
  });

  it('waits while the channel is not connected', () => {
    expect(judge(document(), identity(), { ...settings, channelEnabled: false })).toEqual(['held', 'CHANNEL_DISABLED']);
  });
});
