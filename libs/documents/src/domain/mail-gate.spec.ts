import { describe, expect, it } from '@jest/globals';
import type { Ins, PatientTraits } from '@pfi/health';
import type { KnownIdentity } from './gated-document.js';
import { isMinor, judgeMailDelivery, type MailGateSettings, type MailedDocument } from './mail-gate.js';

const ins: Ins = { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' };
const otherIns: Ins = { matricule: '297022A02077878', oid: '1.2.250.1.213.1.4.10' };
const traits: PatientTraits = { birthName: 'ESSAI-UN', birthGivenNames: 'CAMILLE', birthDate: '1980-01-02', sex: 'F' };
const receivedAt = new Date('2026-01-02T09:00:00Z');
const hours = (count: number) => new Date(receivedAt.getTime() + count * 3_600_000);

const document = (overrides: Partial<MailedDocument> = {}): MailedDocument => ({
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
  flags: {},
  audience: ['professional', 'patient'],
  fictitious: false,
  receivedAt,
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
const settings: MailGateSettings = {
  channelEnabled: true,
  mailbox: true,
  trustedDomains: ['mssante.fr'],
  blockProWhenMasquePs: true,
  blockMinorWhenHiddenFromRepresentatives: true,
  proWithoutIns: 24 * 3_600_000,
  production: false,
};
interface Case {
  readonly document?: Partial<MailedDocument>;
  readonly identity?: Partial<KnownIdentity> | null;
  readonly settings?: Partial<MailGateSettings>;
  readonly recipient?: { address: string | null; id: string | null } | null;
  readonly now?: Date;
}
const judge = (channel: 'mss-pro' | 'mss-patient', one: Case) => {
  const recipient = one.recipient === undefined ? { address: 'a@chu.mssante.fr', id: null } : one.recipient;
  const { state, reasons, artefact } = judgeMailDelivery(
    channel,
    document(one.document),
    recipient,
    one.identity === null ? null : identity(one.identity),
    { ...settings, ...one.settings },
    one.now ?? hours(1),
  );
  return [state, reasons[0]?.code ?? artefact?.making, ...(artefact ? [artefact.ins?.matricule ?? null] : [])];
};
const patient = (one: Case = {}) => judge('mss-patient', { recipient: null, ...one });
const professional = (one: Case = {}) => judge('mss-pro', one);
const notQualified = { status: 'validee', ins: null } as const;

describe('the mail to the patient', () => {
  it('leaves with the qualified INS, and with no other', () => {
    expect(patient()).toEqual(['pending', 'complete-ins', ins.matricule]);
    expect(patient({ document: { insInDocument: ins } })).toEqual(['pending', 'as-received', ins.matricule]);
    expect(patient({ document: { insInDocument: otherIns } })).toEqual(['parked', 'INS_MISMATCH']);
    expect(patient({ document: { insDeclared: otherIns } })).toEqual(['parked', 'INS_MISMATCH']);
  });

  it('waits for the qualified INS, however long that takes', () => {
    expect(patient({ identity: notQualified, now: hours(1000) })).toEqual(['held', 'INS_NOT_QUALIFIED']);
    expect(patient({ identity: null, now: hours(1000) })).toEqual(['held', 'PATIENT_UNKNOWN']);
  });

  it('is refused when its source does not let the document be completed', () => {
    expect(patient({ document: { completeIns: 'refuse' } })).toEqual(['refused', 'INS_ABSENT_FROM_DOCUMENT']);
  });

  it('leaves to an opposed patient: the opposition is to the DMP', () => {
    expect(patient({ identity: { dmpOpposition: 'opposed' } })[0]).toBe('pending');
  });

  it('does not apply to what is hidden from the patient, nor to a type that is not for patients', () => {
    expect(patient({ document: { flags: { invisiblePatient: true } } })[1]).toBe('HIDDEN_FROM_PATIENT');
    expect(patient({ document: { audience: ['professional'] } })).toEqual(['not-applicable', 'TYPE_NOT_FOR_PATIENT']);
  });

  it('does not show to the representatives of a minor what is hidden from them', () => {
    const flags = { invisibleRepLegaux: true };
    const child = { traits: { ...traits, birthDate: '2012-06-01' } };
    const blocked = ['not-applicable', 'HIDDEN_FROM_REPRESENTATIVES'];
    expect(patient({ document: { flags }, identity: child })).toEqual(blocked);
    expect(patient({ document: { flags, traitsInDocument: child.traits }, identity: null })).toEqual(blocked);
    expect(patient({ document: { flags } })[0]).toBe('pending');
    const open = { blockMinorWhenHiddenFromRepresentatives: false };
    expect(patient({ document: { flags, traitsInDocument: child.traits }, identity: child, settings: open })[0]).toBe(
      'pending',
    );
  });

  it('does not apply to a fictitious patient in production', () => {
    const fictitious = { identity: { fictitious: true } };
    expect(patient({ ...fictitious, settings: { production: true } })[1]).toBe('PATIENT_FICTITIOUS');
    expect(patient(fictitious)[0]).toBe('pending');
  });
});

describe('the mail to a professional', () => {
  it('leaves with the qualified INS', () => {
    expect(professional()).toEqual(['pending', 'complete-ins', ins.matricule]);
    expect(professional({ document: { content: 'pdf' } })).toEqual(['pending', 'render-n1', ins.matricule]);
  });

  it('waits for the qualified INS as long as the group says, then leaves without matricule', () => {
    const waiting = { identity: notQualified };
    expect(professional({ ...waiting, now: hours(23) })).toEqual(['held', 'INS_NOT_QUALIFIED']);
    expect(professional({ ...waiting, now: hours(24) })).toEqual(['pending', 'as-received', null]);
    expect(professional({ identity: null, now: hours(24) })).toEqual(['pending', 'as-received', null]);
    expect(professional({ ...waiting, document: { content: 'pdf' }, now: hours(24) })).toEqual([
      'pending',
      'render-n1',
      null,
    ]);
    expect(professional({ ...waiting, settings: { proWithoutIns: 'send' } })[0]).toBe('pending');
    expect(professional({ ...waiting, settings: { proWithoutIns: 'hold' }, now: hours(10_000) })[0]).toBe('held');
  });

  it('never carries a matricule that is not qualified', () => {
    const carrying = { document: { insInDocument: ins }, identity: notQualified, now: hours(48) };
    expect(professional(carrying)).toEqual(['held', 'INS_IN_DOCUMENT_NOT_QUALIFIED']);
  });

  it('leaves as it came, without matricule, when its source does not let the document be completed', () => {
    expect(professional({ document: { completeIns: 'refuse' } })).toEqual(['pending', 'as-received', null]);
  });

  it('is parked when the document is another person’s', () => {
    expect(professional({ document: { insInDocument: otherIns } })).toEqual(['parked', 'INS_MISMATCH']);
    expect(professional({ identity: { traits: { ...traits, sex: 'M' } } })).toEqual(['parked', 'TRAITS_MISMATCH']);
  });

  it('does not apply to what is masked to professionals, unless the group decided otherwise', () => {
    const masked = { document: { flags: { masquePs: true } } };
    expect(professional(masked)).toEqual(['not-applicable', 'HIDDEN_FROM_PROFESSIONALS']);
    expect(professional({ ...masked, settings: { blockProWhenMasquePs: false } })[0]).toBe('pending');
    expect(professional({ document: { audience: ['patient'] } })[1]).toBe('TYPE_NOT_FOR_PROFESSIONALS');
  });

  it('needs somebody to go to, inside the space of trust', () => {
    expect(professional({ recipient: null })).toEqual(['held', 'RECIPIENT_MISSING']);
    expect(professional({ recipient: { address: null, id: null } })).toEqual(['held', 'RECIPIENT_MISSING']);
    expect(professional({ recipient: { address: null, id: '810000000001' } })[0]).toBe('pending');
    expect(professional({ recipient: { address: 'a@gmail.com', id: null } })).toEqual(['held', 'RECIPIENT_UNTRUSTED']);
  });
});

describe('a mail', () => {
  it('waits for its channel and for a mailbox to leave from', () => {
    for (const judged of [patient, professional]) {
      expect(judged({ settings: { channelEnabled: false } })).toEqual(['held', 'CHANNEL_DISABLED']);
      expect(judged({ settings: { mailbox: false } })).toEqual(['held', 'MAILBOX_MISSING']);
    }
  });

  it('is parked or refused for what no wait can mend', () => {
    for (const judged of [patient, professional]) {
      expect(judged({ document: { lineageConflict: true } })).toEqual(['parked', 'LINEAGE_CONFLICT']);
      expect(judged({ document: { complete: false } })).toEqual(['refused', 'DOCUMENT_INCOMPLETE']);
    }
  });
});

describe('a minor', () => {
  it('is one until the day of the eighteenth birthday in France', () => {
    expect(isMinor('2008-01-03', new Date('2026-01-02T22:59:00Z'))).toBe(true);
    expect(isMinor('2008-01-03', new Date('2026-01-02T23:01:00Z'))).toBe(false);
  });

  it('is supposed when the day is not known', () => {
    expect(isMinor('2008-01', new Date('2026-01-20T12:00:00Z'))).toBe(true);
    expect(isMinor('2008', new Date('2026-12-01T12:00:00Z'))).toBe(true);
    expect(isMinor('', new Date('2026-12-01T12:00:00Z'))).toBe(false);
  });
});
