import type { Fault } from '../player/index.js';
import type { Ended, Story } from './stage.js';
import { admitted, arrives, discharged, dmpOnly, letter, toEveryone } from './stay.js';

const closedDmp: Ended = { state: 'refused', code: 'DMPClosed' };

export const closed: Story = {
  title: 'DMP fermé (DMPClosed) : les courriels partent',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const match = { matricule: stay.patient.ins.matricule };
    await stage.fault({ target: 'dmp', kind: 'refuse', code: 'DMPClosed', match });
    const sent = letter(stay);
    await stage.document(sent.message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(sent, 'letter', toEveryone, { dmp: closedDmp })] };
  },
};

const disturbed = (title: string, fault: (uniqueId: string) => Fault): Story => ({
  title,
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const sent = letter(stay, { flags: { destDmp: true } });
    await stage.fault(fault(sent.documentId));
    await stage.document(sent.message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(sent, 'letter', dmpOnly)] };
  },
});

export const busy = disturbed('registre occupé, nouvel essai', (uniqueId) => ({
  target: 'dmp',
  kind: 'busy',
  times: 1,
  match: { uniqueId },
}));

export const answerLost = disturbed('réponse du DMP perdue, dépôt retrouvé', (uniqueId) => ({
  target: 'dmp',
  kind: 'commit-then-drop',
  times: 1,
  match: { uniqueId, operation: 'iti-41' },
}));
