import { documentTypes, oru } from '../player/index.js';
import type { Story } from './stage.js';
import { admitted, arrives, discharged, dmpAndPatient, dmpOnly, letter, prescription, toEveryone } from './stay.js';

/** The CDA carries the qualified INS already: it leaves as it came. */
export const complete: Story = {
  title: 'séjour simple : lettre qui porte l’INS, ordonnance',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const insInCda = stay.patient.ins;
    const sent = letter(stay, { insInCda });
    const order = prescription(stay, { insInCda });
    await stage.document(sent.message);
    await stage.document(order.message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(sent, 'letter', toEveryone), arrives(order, 'other', dmpAndPatient)] };
  },
};

export const surgical: Story = {
  title: 'séjour chirurgical : compte rendu opératoire, ordonnance, lettre',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const report = letter(stay, { type: documentTypes.compteRenduOperatoire });
    const order = prescription(stay);
    const sent = letter(stay);
    for (const { message } of [report, order, sent]) await stage.document(message);
    await discharged(stay);
    return {
      stay: 'ended',
      endings: [
        arrives(report, 'other', toEveryone),
        arrives(order, 'other', dmpAndPatient),
        arrives(sent, 'letter', toEveryone),
      ],
    };
  },
};

export const biology: Story = {
  title: 'biologie structurée (ORU, N3), puis lettre',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const { patient } = stay;
    const report = oru(stage.sender(place.laboratory), patient, {
      insInCda: patient.ins,
      unit: place.unit,
      flags: dmpAndPatient.flags ?? {},
    });
    const sent = letter(stay);
    await stage.document(report.message);
    await stage.document(sent.message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(report, 'other', dmpAndPatient), arrives(sent, 'letter', toEveryone)] };
  },
};

/** The stay goes on: its report counts in no indicator yet. */
export const goingOn: Story = {
  title: 'séjour en cours',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const report = letter(stay, { ...dmpOnly, flags: { destDmp: true }, type: documentTypes.compteRenduOperatoire });
    await stage.document(report.message);
    return { stay: 'open', endings: [arrives(report, 'other', dmpOnly)] };
  },
};

export const withoutLetter: Story = {
  title: 'sortie sans lettre',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const order = prescription(stay);
    await stage.document(order.message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(order, 'other', dmpAndPatient)] };
  },
};
