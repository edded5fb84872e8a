import { reason, requestedChannels } from '@pfi/documents-core';
import type { Ght } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { DeliveryRecord, DocumentRecord } from './records.js';

/**
 * The deliveries of a new document, before any rule is asked: one for each channel and professional recipient, and one
 * `not-applicable` for a DMP that was not asked for, which is the answer to "why not?".
 */
export function planDeliveries(document: DocumentRecord, ght: Ght): DeliveryRecord[] {
  const asked = requestedChannels(document.flags, ght.documentType(document.typeCode)?.channels ?? []);
  const plan = (details: Pick<DeliveryRecord, 'channel' | 'audience' | 'recipient'>): DeliveryRecord => ({
    id: uuidV7(),
    documentId: document.id,
    owner: document.owner,
    establishment: document.establishment,
    patientId: document.patientId,
    form: document.level === 'N3' ? 'cda-n3' : 'cda-n1',
    state: 'held',
    reasons: [],
    request: 0,
    attempts: 0,
    outcomeCode: null,
    outcomeText: null,
    artefactSha256: null,
    artefactIns: null,
    identityVersion: null,
    claimedAt: null,
    at: document.receivedAt,
    ...details,
  });
  const dmp = plan({ channel: 'dmp', audience: 'patient', recipient: null });
  const patient = document.recipients.find((recipient) => recipient.kind === 'patient') ?? null;
  const professionals = document.recipients.filter((recipient) => recipient.kind !== 'patient');
  return [
    asked.has('dmp') ? dmp : { ...dmp, state: 'not-applicable', reasons: [reason('NOT_REQUESTED')] },
    ...(asked.has('mss-pro') ? (professionals.length > 0 ? professionals : [null]) : []).map((recipient) =>
      plan({ channel: 'mss-pro', audience: 'professional', recipient }),
    ),
    ...(asked.has('mss-patient') ? [plan({ channel: 'mss-patient', audience: 'patient', recipient: patient })] : []),
  ];
}
