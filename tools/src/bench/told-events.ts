import { randomUUID } from 'node:crypto';
import {
  depositAcceptedV1,
  deliveryRequestedV1,
  documentRecordedV1,
  messageDeliveredV1,
  messageSentV1,
  patientChangedV1,
  stayChangedV1,
  type EventContract,
  type PayloadOf,
  type Topic,
} from '@pfi/contracts';
import type { OutgoingRecord } from '@pfi/platform-messaging';

/** Who the events are about: a legal entity, an establishment of it and its identity domain. */
export interface ToldPlace {
  readonly legalEntity: string;
  readonly establishment: string;
  readonly domain: string;
  readonly authority: string;
}

export interface ToldRecord {
  readonly topic: Topic;
  readonly record: OutgoingRecord;
}

/** Events that `toldStay` returns. */
export const EVENTS_A_STAY = 9;

/** What the whole house tells of one ended stay whose letter was deposited in the DMP and mailed, in the order of its topics. */
export function toldStay({ legalEntity, establishment, domain, authority }: ToldPlace): ToldRecord[] {
  const [patientId, stayId, documentId, lineageId, deposit, mail] = Array.from({ length: 6 }, () => randomUUID()) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const number = `V${stayId}`;
  const owner = `ej:${legalEntity}`;
  const at = new Date().toISOString();
  const stay = (version: number, ended: boolean) => ({
    ...{ stayId, version, patientId, authority, number, legalEntity, establishment, unit: null, patientClass: 'I' },
    ...{ state: ended ? ('ended' as const) : ('open' as const), reconstituted: false },
    ...{ admittedAt: at, endedAt: ended ? at : null },
  });
  const reference = (deliveryId: string, channel: 'dmp' | 'mss-pro') => ({
    ...{ deliveryId, documentId, lineageId, legalEntity, establishment, channel },
    ...{ form: 'cda-n1' as const, audience: 'professional' as const, typeCode: '11490-0', request: 1 },
  });
  const outcome = (deliveryId: string) => ({
    ...{ deliveryId, documentId, lineageId, attempts: 1, outcomeCode: null, outcomeText: null, at },
  });
  const mailed = {
    ...outcome(mail),
    messageId: `<${mail}@bench.mssante.fr>`,
    address: 'a@bench.mssante.fr',
    status: null,
  };
  const submitted = {
    uniqueId: '2.25.1',
    entryUuid: `urn:uuid:${documentId}`,
    submissionSetId: '2.25.2',
    reconciled: false,
  };
  return [
    told(patientChangedV1, `dom:${domain}`, 1, {
      ...{ patientId, domain, version: 1, status: 'qualifiee', fictitious: false, dmpOpposition: 'none' },
      identifiers: [{ authority, value: `P${patientId}`, type: 'PI' }],
      ins: { matricule: '279059935004283', oid: '1.2.250.1.213.1.4.10' },
      traits: { birthName: 'ESSAI', birthGivenNames: 'JEANNE', birthDate: '1979-05-12', sex: 'F', birthPlace: '63220' },
      mergedInto: null,
    }),
    told(stayChangedV1, owner, 1, stay(1, false)),
    told(stayChangedV1, owner, 2, stay(2, true)),
    told(documentRecordedV1, owner, 1, {
      ...{ documentId, lineageId, version: 1, legalEntity, establishment, source: 'dpi-a', typeCode: '11490-0' },
      ...{ level: 'N1', patientId, stay: { authority, number }, effectiveAt: at, receivedAt: at },
    }),
    told(deliveryRequestedV1, owner, 2, reference(deposit, 'dmp')),
    told(deliveryRequestedV1, owner, 3, reference(mail, 'mss-pro')),
    told(depositAcceptedV1, owner, 1, { ...outcome(deposit), ...submitted }),
    told(messageSentV1, owner, 1, mailed),
    told(messageDeliveredV1, owner, 2, mailed),
  ];
}

function told<Contract extends EventContract>(
  contract: Contract,
  owner: string,
  sequence: number,
  payload: PayloadOf<Contract>,
): ToldRecord {
  const aggregate = contract.aggregate(payload);
  return {
    topic: contract.topic,
    record: {
      key: aggregate,
      headers: {
        ...{ ce_specversion: '1.0', ce_id: randomUUID(), ce_type: contract.type, ce_source: 'bench' },
        ...{ ce_time: new Date().toISOString(), ce_subject: aggregate },
        ...{ pfi_owner: owner, pfi_aggregate: aggregate, pfi_sequence: String(sequence) },
      },
      value: Buffer.from(JSON.stringify(contract.schema.parse(payload))),
    },
  };
}
