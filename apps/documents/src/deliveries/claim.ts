import { deliveryClaimSchema, type DeliveryClaim } from '@pfi/contracts';
import type { Predecessor } from '@pfi/documents-core';
import { insOfText } from './artefacts.js';
import type { Decision, Work } from './judgement.js';
import type { DeliveryRecord, DocumentRecord } from './records.js';

/** What a gateway is given of a delivery that it may send now. */
export function claimOf(work: Work, delivery: DeliveryRecord, { operation, predecessor }: Decision): DeliveryClaim {
  const { document, identity } = work;
  const { metadata, owner } = document;
  const { artefactSha256: sha256, artefactIns } = delivery;
  if (!metadata || !sha256) throw new Error('a pending delivery lacks its artefact or metadata');
  // What is told is what the artefact carries: a withdrawal, or a mail already tried, keeps the INS with which it left.
  const ins = artefactIns ? insOfText(artefactIns) : { matricule: null, oid: null };
  return deliveryClaimSchema.parse({
    deliveryId: delivery.id,
    documentId: document.id,
    lineageId: document.lineageId,
    legalEntity: owner.slice('ej:'.length),
    establishment: document.establishment,
    channel: delivery.channel,
    operation,
    artefact: { sha256, mediaType: 'text/xml' },
    patient: { ...ins, local: metadata.local, traits: identity?.traits ?? document.declared.traits },
    document: metadata.document,
    submission: metadata.submission,
    ...(delivery.channel === 'dmp'
      ? { identityVersion: identity?.version ?? 1, predecessor: predecessor && entryOf(predecessor) }
      : {
          identityVersion: identity?.version ?? null,
          predecessor: predecessor && mailOf(predecessor),
          pdf: operation === 'withdraw' || !delivery.pdfSha256 ? null : { sha256: delivery.pdfSha256 },
          recipient: recipientOf(delivery),
          mail: wishesOf(document, delivery, operation === 'withdraw'),
        }),
  });
}

const entryOf = ({ uniqueId, receipt }: Predecessor) => ({ uniqueId, entryUuid: receipt?.entryUuid ?? null });

/** A mail given up in doubt has no known id: the next one says what it replaces in words only. */
const mailOf = ({ uniqueId, receipt }: Predecessor) =>
  receipt?.messageId ? { uniqueId, messageId: receipt.messageId } : null;

/** The address of a patient is made of the INS by the gateway, never taken from a message. */
const recipientOf = ({ channel, recipient }: DeliveryRecord) =>
  channel === 'mss-patient' || !recipient ? { kind: 'patient', id: null, name: null, address: null } : recipient;

function wishesOf({ mail, flags, withdrawal }: DocumentRecord, { channel }: DeliveryRecord, withdraws: boolean) {
  const toPatient = channel === 'mss-patient';
  return {
    // The text of the source speaks of the document, not of its withdrawal.
    body: withdraws ? null : toPatient ? mail.bodies.patient : mail.bodies.professional,
    replyTo: mail.replyTo,
    replyAllowed: !toPatient || mail.replyAllowed,
    readNotice: (withdraws ? withdrawal?.ackLecture : flags.ackLecture) ?? false,
  };
}
