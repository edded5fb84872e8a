import { adt, withdrawal } from '../player/index.js';
import type { Ended, Story } from './stage.js';
import { admitted, arrives, correspondent, discharged, dmpAndPatient, letter, toEveryone } from './stay.js';

const everywhere = { dmp: 'delivered', 'mss-pro': 'delivered', 'mss-patient': 'delivered' } as const;
const superseded: Ended = { state: 'cancelled', code: 'SUPERSEDED' };

export const replaced: Story = {
  title: 'lettre partie, puis remplacée',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const recipients = [correspondent()];
    const first = letter(stay, { recipients });
    await stage.document(first.message);
    await stage.seen(first.controlId, everywhere);
    const second = letter(stay, { recipients, replaces: first });
    await stage.document(second.message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(first, 'letter', toEveryone), arrives(second, 'letter', toEveryone)] };
  },
};

export const replacedBeforeLeaving: Story = {
  title: 'lettre remplacée avant de partir : seule la nouvelle part',
  async play(stage, place) {
    const stay = await admitted(stage, place, 'provisoire');
    const first = letter(stay, dmpAndPatient);
    await stage.document(first.message);
    await stage.seen(first.controlId, { dmp: 'held', 'mss-patient': 'held' });
    const second = letter(stay, { ...dmpAndPatient, replaces: first });
    await stage.document(second.message);
    await stage.seen(first.controlId, { dmp: 'cancelled', 'mss-patient': 'cancelled' });
    await stage.identity(adt(stay.gam, 'A31', stay.patient, 'qualifiee').message);
    await discharged(stay);
    const never = { dmp: superseded, patient: superseded };
    return {
      stay: 'ended',
      endings: [{ ...arrives(first, 'letter', dmpAndPatient), ...never }, arrives(second, 'letter', dmpAndPatient)],
    };
  },
};

export const withdrawn: Story = {
  title: 'lettre partie, puis retirée du DMP et des messageries',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const sent = letter(stay);
    await stage.document(sent.message);
    await stage.seen(sent.controlId, everywhere);
    const { message } = withdrawal(stage.sender(place.dpi), stay.patient, sent, { unit: place.unit, ...toEveryone });
    await stage.document(message);
    await discharged(stay);
    return { stay: 'ended', endings: [{ ...arrives(sent, 'letter', toEveryone), withdrawn: true }] };
  },
};
