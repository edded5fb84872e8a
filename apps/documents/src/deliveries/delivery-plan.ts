import { reason, requestedChannels, type Channel } from '@pfi/documents-core';
import type { Ght } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { DeliveryRecord, DocumentRecord, Recipient } from './records.js';

/**
 * The deliveries of a new document, before any rule is asked: one for each channel and professional recipient, and one
 * `not-applicable` for a DMP that was not asked for, which is the answer to "why not?".
 */
export function planDeliveries(document: DocumentRecord, ght: Ght): DeliveryRecord[] {
  const asked = requestedChannels(document.flags, ght.documentType(document.typeCode)?.channels ?? []);
  const plan = (details: Pick<DeliveryRecord, 'channel' | 'audience' | 'recipient'>): DeliveryRecord => ({
    ...unsent(document, document.receivedAt),
    form: document.level === 'N3' ? 'cda-n3' : 'cda-n1',
    operation: 'send',
    ...details,
  });
  const dmp = plan({ channel: 'dmp', audience: 'patient', recipient: null });
  const patient = document.recipients.find((recipient) => recipient.kind === 'patient') ?? null;
  const professionals = onePerDestination(document.recipients.filter((recipient) => recipient.kind !== 'patient'));
  return [
    asked.has('dmp') ? dmp : { ...dmp, state: 'not-applicable', reasons: [reason('NOT_REQUESTED')] },
    ...(asked.has('mss-pro') ? (professionals.length > 0 ? professionals : [null]) : []).map((recipient) =>
      plan({ channel: 'mss-pro', audience: 'professional', recipient }),
    ),
    ...(asked.has('mss-patient') ? [plan({ channel: 'mss-patient', audience: 'patient', recipient: patient })] : []),
  ];
}

/**
 * The deliveries that withdraw what left of a document, or may have; one for each sending of these channels. Whether each has
 * anything to do is judged as for any other delivery.
 */
export function planWithdrawals(
  document: DocumentRecord,
  deliveries: readonly DeliveryRecord[],
  channels: ReadonlySet<Channel>,
  now: Date,
): DeliveryRecord[] {
  const known = new Set(deliveries.filter(({ operation }) => operation === 'withdraw').map(destinationOf));
  return deliveries
    .filter(({ operation, channel }) => operation !== 'withdraw' && channels.has(channel))
    .filter((delivery) => mayHaveLeft(delivery) && !known.has(destinationOf(delivery)))
    .map((sending) => ({
      ...unsent(document, now),
      ...{ channel: sending.channel, form: sending.form, audience: sending.audience, recipient: sending.recipient },
      operation: 'withdraw' as const,
      // What is withdrawn is what left, under the identity with which it left.
      artefactSha256: sending.artefactSha256,
      artefactIns: sending.artefactIns,
    }));
}

const mayHaveLeft = ({ state, claimedAt }: DeliveryRecord): boolean =>
  state === 'delivered' || state === 'sent' || (claimedAt !== null && (state === 'pending' || state === 'parked'));

/** Where a delivery goes, the same for every version of a document. */
export const destinationOf = ({ channel, recipient }: Pick<DeliveryRecord, 'channel' | 'recipient'>): string =>
  channel === 'mss-pro' ? `${channel}\n${recipient?.address?.toLowerCase() ?? recipient?.id ?? ''}` : channel;

/** Somebody who is named twice gets one mail. */
const onePerDestination = (recipients: readonly Recipient[]): Recipient[] => [
  ...new Map(recipients.map((recipient) => [destinationOf({ channel: 'mss-pro', recipient }), recipient])).values(),
];

const unsent = (document: DocumentRecord, at: Date) => ({
  id: uuidV7(),
  documentId: document.id,
  owner: document.owner,
  establishment: document.establishment,
  patientId: document.patientId,
  state: 'held' as const,
  reasons: [],
  request: 0,
  attempts: 0,
  outcomeCode: null,
  outcomeText: null,
  artefactSha256: null,
  pdfSha256: null,
  artefactIns: null,
  identityVersion: null,
  receipt: null,
  claimedAt: null,
  at,
});
