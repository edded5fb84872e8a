import { adt, mdm, newPatient, restDeposit, sentAgain, withAnotherIns } from '../player/index.js';
import type { Story } from './stage.js';
import {
  admitted,
  arrives,
  discharged,
  dmpAndPatient,
  dmpOnly,
  letter,
  prescription,
  toEveryone,
  waitsForIns,
} from './stay.js';

export const heldThenQualified: Story = {
  title: 'INS qualifiée après la lettre',
  async play(stage, place) {
    const stay = await admitted(stage, place, 'provisoire');
    const sent = letter(stay, dmpAndPatient);
    const order = prescription(stay);
    await stage.document(sent.message);
    await stage.document(order.message);
    await discharged(stay, 'provisoire');
    await stage.seen(sent.controlId, { dmp: 'held', 'mss-patient': 'held' });
    await stage.identity(adt(stay.gam, 'A31', stay.patient, 'qualifiee').message);
    return {
      stay: 'ended',
      endings: [arrives(sent, 'letter', dmpAndPatient), arrives(order, 'other', dmpAndPatient)],
    };
  },
};

/** The professional's mail waits too, for the group's delay (24 h by default). */
export const neverQualified: Story = {
  title: 'INS non qualifiée en fin de journée',
  async play(stage, place) {
    const stay = await admitted(stage, place, 'provisoire');
    const sent = letter(stay);
    await stage.document(sent.message);
    await discharged(stay, 'provisoire');
    const held = { dmp: waitsForIns, pro: waitsForIns, patient: waitsForIns };
    return { stay: 'ended', endings: [{ ...arrives(sent, 'letter', toEveryone), ...held }] };
  },
};

export const opposed: Story = {
  title: 'patient opposé à l’alimentation du DMP : les courriels partent',
  async play(stage, place) {
    const stay = await admitted(stage, place, 'qualifiee', 'IO');
    const sent = letter(stay);
    await stage.document(sent.message);
    await discharged(stay);
    const dmp = { state: 'not-applicable', code: 'DMP_OPPOSITION' } as const;
    return { stay: 'ended', endings: [arrives(sent, 'letter', toEveryone, { dmp })] };
  },
};

export const otherIns: Story = {
  title: 'CDA qui porte une autre INS',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const sent = letter(stay, { flags: { destDmp: true }, insInCda: withAnotherIns(stay.patient).ins });
    await stage.document(sent.message);
    const dmp = { state: 'parked', code: 'INS_MISMATCH' } as const;
    return { stay: 'open', endings: [arrives(sent, 'letter', dmpOnly, { dmp })] };
  },
};

export const merged: Story = {
  title: 'deux dossiers fusionnés (A40)',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const retired = { ...newPatient(stay.gam.authority), ins: stay.patient.ins, traits: stay.patient.traits };
    await stage.identity(adt(stay.gam, 'A28', retired, 'provisoire').message);
    const sent = letter({ ...stay, patient: { ...retired, visit: stay.patient.visit } }, { flags: { destDmp: true } });
    await stage.document(sent.message);
    await stage.seen(sent.controlId, { dmp: 'held' });
    await stage.identity(adt(stay.gam, 'A40', stay.patient, 'qualifiee', { retired }).message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(sent, 'letter', dmpOnly)] };
  },
};

export const vouched: Story = {
  title: 'identité garantie par le RIS, sans ADT',
  async play(stage, place) {
    const ris = stage.sender('ris');
    const patient = newPatient(ris.authority);
    const sent = mdm(ris, patient, { vouched: true, insInCda: patient.ins, unit: place.unit });
    await stage.document(sent.message);
    return { stay: 'none', endings: [arrives(sent, 'letter', dmpOnly)] };
  },
};

export const toSendAgain: Story = {
  title: 'CDA sans INS d’une source qui refuse le complément',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const sent = mdm(stage.sender('dpi-refuse'), stay.patient, { unit: place.unit });
    await stage.document(sent.message);
    await discharged(stay);
    const dmp = { state: 'refused', code: 'INS_ABSENT_FROM_DOCUMENT' } as const;
    return { stay: 'ended', endings: [arrives(sent, 'letter', dmpOnly, { dmp })] };
  },
};

export const repeated: Story = {
  title: 'même message deux fois, puis même document sous un autre',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const dpi = stage.sender(place.dpi);
    const sent = mdm(dpi, stay.patient, { insInCda: stay.patient.ins, unit: place.unit });
    await stage.document(sent.message);
    await stage.document(sent.message);
    await stage.document(sentAgain(dpi, stay.patient, sent, { unit: place.unit }).message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(sent, 'letter', dmpOnly)] };
  },
};

export const pdf: Story = {
  title: 'PDF déposé par REST, transformé en CDA N1',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const deposit = restDeposit(stage.sender('dpi-rest'), stay.patient, place.unit);
    await stage.deposit(deposit);
    await stage.deposit(deposit);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives({ controlId: deposit.idempotencyKey }, 'letter', dmpOnly)] };
  },
};
