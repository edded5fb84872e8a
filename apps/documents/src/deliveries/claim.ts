import { dmpClaimSchema, type DeliveryClaim } from '@pfi/contracts';
import type { Predecessor } from '@pfi/documents-core';
import { insOfText } from './artefacts.js';
import type { Decision, Work } from './judgement.js';
import type { DeliveryRecord } from './records.js';

/** What a gateway is given of a delivery that it may send now. */
export function claimOf(work: Work, delivery: DeliveryRecord, decision: Decision): DeliveryClaim {
  const { document, identity } = work;
  const { metadata, owner } = document;
  const { artefactSha256: sha256, artefactIns } = delivery;
  // What is withdrawn left under the INS of its artefact, whatever became of the identity since.
  const ins = decision.operation === 'withdraw' && artefactIns ? insOfText(artefactIns) : identity?.ins;
  if (!metadata || !sha256 || !ins) throw new Error('a pending delivery lacks its artefact or metadata');
  return dmpClaimSchema.parse({
    deliveryId: delivery.id,
    documentId: document.id,
    lineageId: document.lineageId,
    legalEntity: owner.slice('ej:'.length),
    establishment: document.establishment,
    channel: delivery.channel,
    operation: decision.operation,
    predecessor: decision.predecessor && entryOf(decision.predecessor),
    identityVersion: identity?.version ?? 1,
    artefact: { sha256, mediaType: 'text/xml' },
    patient: { ...ins, local: metadata.local, traits: identity?.traits ?? document.declared.traits },
    document: metadata.document,
    submission: metadata.submission,
  });
}

const entryOf = ({ uniqueId, receipt }: Predecessor) => ({ uniqueId, entryUuid: receipt?.entryUuid ?? null });
