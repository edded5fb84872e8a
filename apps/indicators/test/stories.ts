import { randomUUID } from 'node:crypto';
import {
  deliveryHeldV1,
  deliveryRequestedV1,
  depositAcceptedV1,
  depositRefusedV1,
  documentRecordedV1,
  messageBouncedV1,
  messageSentV1,
  patientChangedV1,
  stayChangedV1,
  withdrawalAcceptedV1,
  type EventContract,
  type EventEnvelope,
  type PayloadOf,
} from '@pfi/contracts';
import { AUTHORITY, DOMAIN, EG_A, OWNER } from './test-group.js';

export interface Told extends EventEnvelope {
  readonly topic: string;
}

export const LETTER = '11490-0';
export const PRESCRIPTION = '57833-6';

const sequences = new Map<string, number>();

/** An event as its owner would publish it, next in its aggregate. */
export function told<Contract extends EventContract>(
  contract: Contract,
  payload: PayloadOf<Contract>,
  owner: string,
  details: { readonly replay?: boolean; readonly sequence?: number } = {},
): Told {
  const aggregate = contract.aggregate(payload);
  const lane = `${contract.topic.name}\n${aggregate}`;
  const sequence = details.sequence ?? (sequences.get(lane) ?? 0) + (details.replay ? 0 : 1);
  sequences.set(lane, Math.max(sequence, sequences.get(lane) ?? 0));
  return {
    topic: contract.topic.name,
    id: randomUUID(),
    type: contract.type,
    source: contract.topic.owner,
    time: new Date().toISOString(),
    owner,
    aggregate,
    sequence,
    replay: details.replay ?? false,
    payload,
  };
}

type Patient = PayloadOf<typeof patientChangedV1>;
type Stay = PayloadOf<typeof stayChangedV1>;
type Recorded = PayloadOf<typeof documentRecordedV1>;

export const patient = (changes: Partial<Patient> = {}, owner = DOMAIN): Told =>
  told(patientChangedV1, patientState(changes), owner);

export const patientState = (changes: Partial<Patient> = {}): Patient => ({
  patientId: randomUUID(),
  domain: 'nord',
  version: 1,
  identifiers: [],
  ins: { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
  status: 'qualifiee',
  traits: { birthName: 'ESSAI', birthGivenNames: 'ANNE', birthDate: '1979-03-28', sex: 'F' },
  fictitious: false,
  dmpOpposition: 'none',
  mergedInto: null,
  ...changes,
});

export const stay = (patientId: string, changes: Partial<Stay> = {}, owner = OWNER): Told =>
  told(stayChangedV1, stayState(patientId, changes), owner);

export const stayState = (patientId: string, changes: Partial<Stay> = {}): Stay => ({
  stayId: randomUUID(),
  version: 1,
  patientId,
  authority: AUTHORITY,
  number: `V${randomUUID()}`,
  legalEntity: OWNER.slice('ej:'.length),
  establishment: EG_A,
  unit: '1010',
  patientClass: 'I',
  state: 'ended',
  admittedAt: '2023-01-20T08:00:00.000Z',
  endedAt: '2023-02-01T09:00:00.000Z',
  reconstituted: false,
  ...changes,
});

/** A document of a stay, and what was asked and done for it, in the order in which it happened. */
export class DocumentStory {
  readonly events: Told[] = [];
  readonly lineageId: string;
  readonly documentId = randomUUID();
  readonly #establishment: string;

  constructor(
    number: string | null,
    changes: Partial<Recorded> = {},
    private readonly owner = OWNER,
  ) {
    this.lineageId = changes.lineageId ?? randomUUID();
    this.#establishment = changes.establishment ?? EG_A;
    this.#tell(documentRecordedV1, {
      documentId: this.documentId,
      lineageId: this.lineageId,
      version: 1,
      legalEntity: owner.slice('ej:'.length),
      establishment: this.#establishment,
      source: 'dpi',
      typeCode: LETTER,
      level: 'N1',
      patientId: null,
      stay: number === null ? null : { authority: AUTHORITY, number },
      effectiveAt: null,
      receivedAt: '2023-02-01T10:00:00.000Z',
      ...changes,
    });
  }

  deposited(operation: 'send' | 'replace' = 'send'): this {
    const delivery = this.#asked('dmp', operation);
    return this.#tell(depositAcceptedV1, {
      ...this.#outcome(delivery),
      uniqueId: '2.25.1',
      entryUuid: `urn:uuid:${randomUUID()}`,
      submissionSetId: '2.25.2',
      reconciled: false,
    });
  }

  withdrawn(): this {
    const delivery = this.#asked('dmp', 'withdraw');
    return this.#tell(withdrawalAcceptedV1, {
      ...this.#outcome(delivery),
      uniqueId: '2.25.1',
      entryUuid: 'urn:uuid:1',
    });
  }

  refused(code: string): this {
    return this.#tell(depositRefusedV1, { ...this.#outcome(this.#asked('dmp')), outcomeCode: code });
  }

  held(...reasons: string[]): this {
    return this.#tell(deliveryHeldV1, { ...this.#reference(randomUUID(), 'dmp'), reasons });
  }

  /** To the patient; what became of it in the end. */
  mailed(end: 'sent' | 'bounced', channel: 'mss-patient' | 'mss-pro' = 'mss-patient'): this {
    const delivery = this.#asked(channel);
    const message = { messageId: '<1@chu.mssante.fr>', address: null, status: null };
    this.#tell(messageSentV1, { ...this.#outcome(delivery), ...message });
    if (end === 'sent') return this;
    return this.#tell(messageBouncedV1, { ...this.#outcome(delivery), ...message, status: '5.1.1' });
  }

  #asked(channel: 'dmp' | 'mss-patient' | 'mss-pro', operation: 'send' | 'replace' | 'withdraw' = 'send'): string {
    const deliveryId = randomUUID();
    this.#tell(deliveryRequestedV1, {
      ...this.#reference(deliveryId, channel),
      typeCode: LETTER,
      request: 1,
      operation,
    });
    return deliveryId;
  }

  #reference(deliveryId: string, channel: 'dmp' | 'mss-patient' | 'mss-pro') {
    return {
      deliveryId,
      documentId: this.documentId,
      lineageId: this.lineageId,
      legalEntity: this.owner.slice('ej:'.length),
      establishment: this.#establishment,
      channel,
      form: 'cda-n1' as const,
      audience: 'professional' as const,
    };
  }

  #outcome(deliveryId: string) {
    return {
      deliveryId,
      documentId: this.documentId,
      lineageId: this.lineageId,
      attempts: 1,
      outcomeCode: null as string | null,
      outcomeText: null,
      at: '2023-02-01T10:05:00.000Z',
    };
  }

  #tell<Contract extends EventContract>(contract: Contract, payload: PayloadOf<Contract>): this {
    this.events.push(told(contract, payload, this.owner));
    return this;
  }
}

/** One qualified patient with one ended stay, and the documents of that stay. */
export function stayStory(
  changes: Partial<Stay> = {},
  of: Partial<Patient> = {},
  tell: (number: string) => readonly DocumentStory[] = () => [],
): { readonly stayId: string; readonly number: string; readonly patientId: string; readonly events: Told[] } {
  const person = patientState(of);
  const state = stayState(person.patientId, changes);
  return {
    stayId: state.stayId,
    number: state.number,
    patientId: person.patientId,
    events: [
      told(patientChangedV1, person, DOMAIN),
      told(stayChangedV1, state, `ej:${state.legalEntity}`),
      ...tell(state.number).flatMap(({ events }) => events),
    ],
  };
}
