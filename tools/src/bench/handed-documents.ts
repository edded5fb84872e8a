import { setTimeout as delay } from 'node:timers/promises';
import { Ght, loadGhtFile } from '@pfi/platform-settings';
import { MllpClient } from '@pfi/platform-mllp';
import { readAck } from '@pfi/hl7v2';
import { adt, mdm, newPatient, professional, senderOf } from '../demo/player/index.js';
import type { DocumentOptions, Sender, SentDocument, SyntheticPatient } from '../demo/player/index.js';
import type { Stack } from '../stack/stack.js';

/** Applications of two legal entities, so that limits by legal entity do not decide alone: who admits, and who writes. */
const PLACES = [
  { admissions: 'gam', documents: 'dpi-a' },
  { admissions: 'gam2', documents: 'dpi2' },
] as const;

/** A document that leaves as MSSanté mail to one professional, and for nowhere else. */
export const byMail: DocumentOptions = {
  flags: { destDmp: false, destMssPs: true, ackReception: false },
  recipients: [professional('10000000017', 'MARTIN', 'camille.martin@cabinet.mssante.fr')],
};

interface Place {
  readonly admissions: Sender;
  readonly documents: Sender;
  readonly patients: readonly SyntheticPatient[];
}

/** The hospital's applications: patients with a qualified INS, and documents about them over kept MLLP connections. */
export class HandedDocuments {
  readonly #identity: readonly MllpClient[];
  readonly #documents: readonly MllpClient[];
  readonly #places: readonly Place[];
  #next = 0;

  constructor(stack: Stack, connections: number, patientsAPlace = 400) {
    const ght = new Ght(loadGhtFile(stack.surroundings.ghtFile, stack.env('documents')));
    const clients = (port: number) =>
      Array.from({ length: connections }, () => new MllpClient({ host: '127.0.0.1', port, answerTimeoutMs: 60_000 }));
    this.#identity = clients(stack.ports.identityMllp);
    this.#documents = clients(stack.ports.documentsMllp);
    this.#places = PLACES.map((keys) => {
      const admissions = senderOf(ght, keys.admissions);
      const patients = Array.from({ length: patientsAPlace }, () => newPatient(admissions.authority));
      return { admissions, documents: senderOf(ght, keys.documents), patients };
    });
  }

  /** Admits every patient with a qualified INS; returns once all are acknowledged. */
  async admitPatients(): Promise<void> {
    const messages = this.#places.flatMap(({ admissions, patients }) =>
      patients.map((patient) => adt(admissions, 'A01', patient, 'qualifiee').message),
    );
    await Promise.all(
      this.#identity.map(async (client) => {
        for (let message = messages.pop(); message; message = messages.pop()) await acknowledged(client, message);
      }),
    );
  }

  /** Says again who the next patient is (A31). Resolves once it is acknowledged. */
  async update(connection: number): Promise<void> {
    const { admissions, patient } = this.#turn();
    const { message } = adt(admissions, 'A31', patient, 'qualifiee');
    await acknowledged(this.#identity[connection % this.#identity.length] as MllpClient, message);
  }

  /** The next document, of the next patient of the next legal entity. */
  write(options: (sender: Sender) => DocumentOptions): SentDocument {
    const { documents, patient } = this.#turn();
    return mdm(documents, patient, { insInCda: patient.ins, ...options(documents) });
  }

  #turn(): Place & { readonly patient: SyntheticPatient } {
    const turn = this.#next++;
    const place = this.#places[turn % this.#places.length] as Place;
    const patient = place.patients[Math.floor(turn / this.#places.length) % place.patients.length] as SyntheticPatient;
    return { ...place, patient };
  }

  /** Resolves once it is acknowledged. @throws Error when it is refused */
  async send({ message }: SentDocument, connection: number): Promise<void> {
    await acknowledged(this.#documents[connection % this.#documents.length] as MllpClient, message);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#identity, ...this.#documents].map((client) => client.close()));
  }
}

async function acknowledged(client: MllpClient, message: Buffer): Promise<void> {
  const { code, error } = readAck(await client.send(message));
  if (code !== 'AA') throw new Error(`message refused: ${code} ${error?.code ?? ''} ${error?.textFr ?? ''}`);
}

/** Asks again until it holds. @throws Error when nothing moved for a minute */
export async function untilStill<T>(what: string, progress: () => T, holds: () => boolean): Promise<void> {
  let last = progress();
  for (let since = Date.now(); !holds();) {
    await delay(20);
    const now = progress();
    if (now !== last) [last, since] = [now, Date.now()];
    else if (Date.now() - since > 60_000) throw new Error(`nothing moved for a minute: ${what}`);
  }
}
