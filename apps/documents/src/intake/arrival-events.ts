import { documentRecordedV1, identityVouchedV1 } from '@pfi/contracts';
import { newEvent, type NewEvent } from '@pfi/platform-messaging';
import type { Work } from '../deliveries/judgement.js';
import type { DocumentRecord } from '../deliveries/records.js';
import { withdrawnEvent } from '../deliveries/withdrawals.js';

/** What other contexts learn of an accepted document before its deliveries. */
export function arrivalEvents({ document, identity }: Pick<Work, 'document' | 'identity'>): NewEvent[] {
  const details = { owner: document.owner, traceparent: document.traceparent ?? undefined };
  const recorded = recordedEvent(document);
  // Withdrawn before it came: nobody needs its identity.
  if (document.withdrawnAt) return [recorded, withdrawnEvent(document)];
  const { declared } = document;
  if (!declared.vouched || !declared.ins || identity?.status === 'qualifiee') return [recorded];
  const vouched = newEvent(
    identityVouchedV1,
    {
      lineageId: document.lineageId,
      documentId: document.id,
      domain: document.domain,
      source: document.source,
      ins: declared.ins,
      traits: declared.traits,
      identifiers: [...declared.identifiers],
      fictitious: declared.fictitious,
    },
    details,
  );
  return [recorded, vouched];
}

/** A document as it is known now: its patient may have been found since it came. */
export const recordedEvent = (document: DocumentRecord): NewEvent =>
  newEvent(
    documentRecordedV1,
    {
      documentId: document.id,
      lineageId: document.lineageId,
      version: document.version,
      legalEntity: document.owner.slice('ej:'.length),
      establishment: document.establishment,
      source: document.source,
      typeCode: document.typeCode,
      level: document.level,
      patientId: document.patientId,
      stay: document.stay,
      effectiveAt: document.effectiveAt?.toISOString() ?? null,
      receivedAt: document.receivedAt.toISOString(),
    },
    { owner: document.owner, traceparent: document.traceparent ?? undefined },
  );
