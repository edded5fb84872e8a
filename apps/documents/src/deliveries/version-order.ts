import { turnAfter, turnOfWithdrawal, type Sending, type Turn } from '@pfi/documents-core';
import { destinationOf } from './delivery-plan.js';
import type { DeliveryRecord, DocumentRecord } from './records.js';

/** One version of a document with its deliveries. */
export interface Version {
  readonly document: DocumentRecord;
  readonly deliveries: readonly DeliveryRecord[];
}

/** The turn of a delivery among those of the other versions for the same destination. */
export function turnOf(own: Version, others: readonly Version[], delivery: DeliveryRecord): Turn {
  const destination = destinationOf(delivery);
  const sendings = (versions: readonly Version[]) =>
    versions.flatMap((version) => sendingOf(version, destination) ?? []);
  const { version } = own.document;
  if (delivery.operation !== 'withdraw') {
    const earlier = others.filter((other) => other.document.version < version).sort(newestFirst);
    return turnAfter(sendings(earlier), delivery.state === 'pending' && delivery.claimedAt !== null);
  }
  const sending = sendingOf(own, destination);
  if (!sending) return { kind: 'pointless', reason: 'NOTHING_TO_WITHDRAW' };
  return turnOfWithdrawal(sending, sendings(others.filter((other) => other.document.version > version)));
}

const newestFirst = (one: Version, other: Version): number => other.document.version - one.document.version;

function sendingOf({ document, deliveries }: Version, destination: string): Sending | undefined {
  const there = deliveries.filter((delivery) => destinationOf(delivery) === destination);
  const sent = there.find(({ operation }) => operation !== 'withdraw');
  return (
    sent && {
      uniqueId: document.documentOid,
      state: sent.state,
      claimed: sent.claimedAt !== null,
      receipt: sent.receipt,
      withdrawal: there.find(({ operation }) => operation === 'withdraw')?.state,
    }
  );
}
