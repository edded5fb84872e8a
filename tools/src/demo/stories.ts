import { adt, mdm, newPatient, oru, restDeposit, sentAgain, withAnotherIns } from './player/index.js';
import type { DeliveryView, Fault, Sender, SentDocument } from './player/index.js';

/** What a story may do to the platform: its public doors and the simulator's faults, nothing else. */
export interface Stage {
  sender(key: string): Sender;
  /** Sends an ADT, until it is acknowledged. */
  identity(message: Buffer): Promise<void>;
  /** Sends an MDM or ORU, until it is acknowledged. */
  document(message: Buffer): Promise<void>;
  /** Deposits by REST. @returns the id of the document */
  deposit(deposit: ReturnType<typeof restDeposit>): Promise<string>;
  fault(fault: Fault): Promise<void>;
  /** Resolves once the DMP delivery of a message is in a state. */
  seen(controlId: string, state: DeliveryView['state']): Promise<void>;
}

/** A place of care and the applications that speak for it. */
export interface Place {
  readonly name: string;
  readonly establishment: string;
  readonly unit: string;
  readonly gam: string;
  readonly dpi: string;
  readonly laboratory: string;
}

/** How a story ends: DMP delivery and business acknowledgement. */
export interface Ending {
  /** MSH-10 or Idempotency-Key of its document. */
  readonly controlId: string;
  readonly state: DeliveryView['state'];
  readonly code?: string;
  /** What the ZAM says; absent when the sender is told nothing. */
  readonly zam?: 'Y' | 'N';
}

export interface Story {
  readonly title: string;
  play(stage: Stage, place: Place): Promise<Ending>;
}

const delivered = ({ controlId }: Pick<SentDocument, 'controlId'>): Ending => ({
  controlId,
  state: 'delivered',
  zam: 'Y',
});

async function admitted(stage: Stage, place: Place, status: 'provisoire' | 'qualifiee', opposition?: 'IO') {
  const gam = stage.sender(place.gam);
  const patient = newPatient(gam.authority);
  await stage.identity(adt(gam, 'A28', patient, status, opposition ? { opposition } : {}).message);
  await stage.identity(adt(gam, 'A01', patient, status, { unit: place.unit }).message);
  return { gam, patient };
}

/** The CDA carries the qualified INS already: it leaves as it came. */
const complete: Story = {
  title: 'lettre qui porte déjà l’INS',
  async play(stage, place) {
    const { gam, patient } = await admitted(stage, place, 'qualifiee');
    const sent = mdm(stage.sender(place.dpi), patient, { insInCda: patient.ins, unit: place.unit });
    await stage.document(sent.message);
    await stage.identity(adt(gam, 'A03', patient, 'qualifiee', { unit: place.unit }).message);
    return delivered(sent);
  },
};

const held: Story = {
  title: 'INS qualifiée après la lettre',
  async play(stage, place) {
    const { gam, patient } = await admitted(stage, place, 'provisoire');
    const sent = mdm(stage.sender(place.dpi), patient, { unit: place.unit });
    await stage.document(sent.message);
    await stage.seen(sent.controlId, 'held');
    await stage.identity(adt(gam, 'A31', patient, 'qualifiee').message);
    return delivered(sent);
  },
};

const neverQualified: Story = {
  title: 'INS non qualifiée en fin de journée',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'provisoire');
    const { controlId, message } = mdm(stage.sender(place.dpi), patient, { unit: place.unit });
    await stage.document(message);
    return { controlId, state: 'held', code: 'INS_NOT_QUALIFIED' };
  },
};

const biology: Story = {
  title: 'compte rendu de biologie structuré (ORU, N3)',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee');
    const sent = oru(stage.sender(place.laboratory), patient, { insInCda: patient.ins, unit: place.unit });
    await stage.document(sent.message);
    return delivered(sent);
  },
};

const opposed: Story = {
  title: 'patient opposé à l’alimentation du DMP',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee', 'IO');
    const { controlId, message } = mdm(stage.sender(place.dpi), patient, { unit: place.unit });
    await stage.document(message);
    return { controlId, state: 'not-applicable', code: 'DMP_OPPOSITION', zam: 'N' };
  },
};

const otherIns: Story = {
  title: 'CDA qui porte une autre INS',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee');
    const insInCda = withAnotherIns(patient).ins;
    const { controlId, message } = mdm(stage.sender(place.dpi), patient, { insInCda, unit: place.unit });
    await stage.document(message);
    return { controlId, state: 'parked', code: 'INS_MISMATCH', zam: 'N' };
  },
};

const closed: Story = {
  title: 'DMP fermé (DMPClosed)',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee');
    await stage.fault({
      target: 'dmp',
      kind: 'refuse',
      code: 'DMPClosed',
      match: { matricule: patient.ins.matricule },
    });
    const { controlId, message } = mdm(stage.sender(place.dpi), patient, { unit: place.unit });
    await stage.document(message);
    return { controlId, state: 'refused', code: 'DMPClosed', zam: 'N' };
  },
};

const busy: Story = {
  title: 'registre occupé, nouvel essai',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee');
    const sent = mdm(stage.sender(place.dpi), patient, { unit: place.unit });
    await stage.fault({ target: 'dmp', kind: 'busy', times: 1, match: { uniqueId: sent.documentId } });
    await stage.document(sent.message);
    return delivered(sent);
  },
};

const answerLost: Story = {
  title: 'réponse du DMP perdue, dépôt retrouvé',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee');
    const sent = mdm(stage.sender(place.dpi), patient, { unit: place.unit });
    const match = { uniqueId: sent.documentId, operation: 'iti-41' };
    await stage.fault({ target: 'dmp', kind: 'commit-then-drop', times: 1, match });
    await stage.document(sent.message);
    return delivered(sent);
  },
};

const repeated: Story = {
  title: 'même message deux fois, puis même document sous un autre',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee');
    const dpi = stage.sender(place.dpi);
    const sent = mdm(dpi, patient, { insInCda: patient.ins, unit: place.unit });
    await stage.document(sent.message);
    await stage.document(sent.message);
    await stage.document(sentAgain(dpi, patient, sent, { unit: place.unit }).message);
    return delivered(sent);
  },
};

const merged: Story = {
  title: 'deux dossiers fusionnés (A40)',
  async play(stage, place) {
    const { gam, patient: survivor } = await admitted(stage, place, 'qualifiee');
    const retired = { ...newPatient(gam.authority), ins: survivor.ins, traits: survivor.traits };
    await stage.identity(adt(gam, 'A28', retired, 'provisoire').message);
    const sent = mdm(stage.sender(place.dpi), retired, { unit: place.unit });
    await stage.document(sent.message);
    await stage.seen(sent.controlId, 'held');
    await stage.identity(adt(gam, 'A40', survivor, 'qualifiee', { retired }).message);
    return delivered(sent);
  },
};

const vouched: Story = {
  title: 'identité garantie par le RIS, sans ADT',
  async play(stage, place) {
    const ris = stage.sender('ris');
    const patient = newPatient(ris.authority);
    const sent = mdm(ris, patient, { vouched: true, insInCda: patient.ins, unit: place.unit });
    await stage.document(sent.message);
    return delivered(sent);
  },
};

const toSendAgain: Story = {
  title: 'CDA sans INS d’une source qui refuse le complément',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee');
    const { controlId, message } = mdm(stage.sender('dpi-refuse'), patient, { unit: place.unit });
    await stage.document(message);
    return { controlId, state: 'refused', code: 'INS_ABSENT_FROM_DOCUMENT', zam: 'N' };
  },
};

const pdf: Story = {
  title: 'PDF déposé par REST, transformé en CDA N1',
  async play(stage, place) {
    const { patient } = await admitted(stage, place, 'qualifiee');
    const deposit = restDeposit(stage.sender('dpi-rest'), patient, place.unit);
    await stage.deposit(deposit);
    await stage.deposit(deposit);
    return { controlId: deposit.idempotencyKey, state: 'delivered' };
  },
};

/** Played first, alone: how long a new platform takes to its first deposit. */
export const firstStory = complete;

const everywhere = [
  ...Array<Story>(9).fill(held),
  ...Array<Story>(4).fill(complete),
  ...Array<Story>(3).fill(biology),
  ...Array<Story>(2).fill(neverQualified),
  ...[opposed, otherIns, closed, busy, answerLost, repeated, merged],
];

/** The day of each place: one story is one document. */
export const day: readonly { readonly place: Place; readonly stories: readonly Story[] }[] = [
  {
    place: {
      name: 'Hôpital des Tilleuls',
      establishment: '990000119',
      unit: '1010',
      gam: 'gam',
      dpi: 'dpi-a',
      laboratory: 'sil',
    },
    stories: [...everywhere, vouched, vouched, pdf, pdf],
  },
  {
    place: {
      name: 'Hôpital du Vieux-Pont',
      establishment: '990000127',
      unit: '1020',
      gam: 'gam',
      dpi: 'dpi-a',
      laboratory: 'sil',
    },
    stories: [...everywhere, toSendAgain, toSendAgain, pdf],
  },
  {
    place: {
      name: 'Hôpital de Roche-Claire',
      establishment: '990000218',
      unit: '1010',
      gam: 'gam2',
      dpi: 'dpi2',
      laboratory: 'dpi2',
    },
    stories: everywhere,
  },
];
