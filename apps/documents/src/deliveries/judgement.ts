import { deliveryCancelledV1, deliveryHeldV1, deliveryRequestedV1 } from '@pfi/contracts';
import {
  documentState,
  feedbackOfReason,
  judgeDmpDelivery,
  judgeMailDelivery,
  reason,
  type DepositFeedback,
  type DocumentState,
  type KnownIdentity,
  type Verdict,
} from '@pfi/documents-core';
import { newEvent, type NewEvent } from '@pfi/platform-messaging';
import type { Ght } from '@pfi/platform-settings';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from './records.js';

/** A document with its deliveries and the patient as known now. */
export interface Work {
  readonly document: DocumentRecord;
  readonly deliveries: readonly DeliveryRecord[];
  readonly identity: KnownIdentity | null;
}

/** What judging changed; nothing is written yet. */
export interface Judged {
  readonly document: DocumentRecord;
  readonly deliveries: readonly DeliveryRecord[];
  readonly changed: readonly DeliveryRecord[];
  readonly toMake: readonly { readonly delivery: DeliveryRecord; readonly verdict: Verdict }[];
  readonly timeline: readonly TimelineEntry[];
  readonly events: readonly NewEvent[];
  readonly feedback: readonly DepositFeedback[];
}

const channelLabels = { dmp: 'DMP', 'mss-pro': 'MSSanté professionnels', 'mss-patient': 'MSSanté patient' } as const;

/** The rules of libs/documents, asked for one document with what the GHT file says of its source. */
export class Judgement {
  constructor(private readonly ght: Ght) {}

  verdictOf(work: Work, delivery: DeliveryRecord): Verdict {
    const { document, identity } = work;
    const { channels, dmp } = this.ght.file;
    if (delivery.channel === 'dmp') {
      const gated = {
        ...document.facts,
        insDeclared: document.declared.ins,
        completeIns: this.ght.sourceByKey(document.source)?.completeIns ?? ('refuse' as const),
        vouchPending: document.declared.vouched,
      };
      const settings = { channelEnabled: channels.dmp, depositWhenConsentUnknown: dmp.depositWhenConsentUnknown };
      return judgeDmpDelivery(gated, identity, settings);
    }
    const enabled = delivery.channel === 'mss-pro' ? channels.mssPro : channels.mssPatient;
    return judgeMailDelivery(
      delivery.channel,
      {
        invisiblePatient: document.flags.invisiblePatient ?? false,
        recipients: document.recipients.filter((recipient) => recipient.kind !== 'patient').length,
      },
      { channelEnabled: enabled },
    );
  }

  /**
   * Asks the rules again for every delivery that is held or pending, and says what follows. A delivery that was pending and
   * may not leave any more is held again, or cancelled when the patient opposed since. Those of `impossible` are parked:
   * their artefact could not be made.
   */
  judge(work: Work, now: Date, impossible: ReadonlySet<string> = new Set()): Judged {
    const timeline: TimelineEntry[] = [];
    const events: NewEvent[] = [];
    const feedback: DepositFeedback[] = [];
    const toMake: { delivery: DeliveryRecord; verdict: Verdict }[] = [];
    const changed: DeliveryRecord[] = [];
    const patientId = work.identity?.patientId ?? work.document.patientId;

    const deliveries = work.deliveries.map((delivery) => {
      if (delivery.state !== 'held' && delivery.state !== 'pending') return delivery;
      const verdict = impossible.has(delivery.id) ? NOT_MADE : this.verdictOf(work, delivery);
      const next = transition(delivery, verdict, work.identity, now);
      const moved =
        next.state !== delivery.state || codes(next) !== codes(delivery) || next.request !== delivery.request;
      const placed = { ...next, patientId };
      if (!moved) {
        if (patientId !== delivery.patientId) changed.push(placed);
        return placed;
      }
      changed.push(placed);
      if (placed.state === 'pending') toMake.push({ delivery: placed, verdict });
      timeline.push(timelineEntry(work.document, now, `delivery-${placed.state}`, sentence(placed)));
      events.push(...deliveryEvents(work.document, delivery, placed));
      if (delivery.channel === 'dmp' && placed.state !== 'held' && placed.state !== 'pending') {
        const told = placed.reasons[0] && feedbackOfReason(placed.reasons[0].code);
        if (told) feedback.push(told);
      }
      return placed;
    });

    const document = {
      ...work.document,
      patientId,
      state: stateOf(work.document, deliveries),
    };
    return { document, deliveries, changed, toMake, timeline, events, feedback };
  }
}

const NOT_MADE: Verdict = { state: 'parked', reasons: [reason('ARTEFACT_NOT_MADE')] };

function transition(
  delivery: DeliveryRecord,
  verdict: Verdict,
  identity: KnownIdentity | null,
  now: Date,
): DeliveryRecord {
  if (verdict.state === 'pending') {
    if (delivery.state === 'pending') return delivery;
    return {
      ...delivery,
      state: 'pending',
      reasons: [],
      request: delivery.request + 1,
      identityVersion: identity?.version ?? null,
      at: now,
    };
  }
  const opposedSince = delivery.state === 'pending' && verdict.state === 'not-applicable';
  return { ...delivery, state: opposedSince ? 'cancelled' : verdict.state, reasons: verdict.reasons, at: now };
}

const codes = (delivery: DeliveryRecord): string => delivery.reasons.map((reason) => reason.code).join();

export const timelineEntry = (document: DocumentRecord, at: Date, event: string, text: string): TimelineEntry => ({
  documentId: document.id,
  owner: document.owner,
  establishment: document.establishment,
  at,
  event,
  text,
});

function sentence(delivery: DeliveryRecord): string {
  const channel = channelLabels[delivery.channel];
  const why = delivery.reasons.map((reason) => reason.text).join(' ');
  switch (delivery.state) {
    case 'held':
      return `${channel} : en attente. ${why}`;
    case 'pending':
      return `${channel} : envoi demandé.`;
    case 'not-applicable':
      return `${channel} : sans objet. ${why}`;
    case 'cancelled':
      return `${channel} : annulé. ${why}`;
    case 'parked':
      return `${channel} : mis de côté, une action est nécessaire. ${why}`;
    default:
      return `${channel} : refusé. ${why}`;
  }
}

/** What other contexts learn of a delivery that moved, whoever moved it. */
export function deliveryEvents(document: DocumentRecord, before: DeliveryRecord, after: DeliveryRecord): NewEvent[] {
  const reference = {
    deliveryId: after.id,
    documentId: document.id,
    lineageId: document.lineageId,
    legalEntity: document.owner.slice('ej:'.length),
    establishment: document.establishment,
    channel: after.channel,
    form: after.form,
    audience: after.audience,
  };
  const details = { owner: document.owner, traceparent: document.traceparent ?? undefined };
  const reasons = after.reasons.map(({ code }) => code);
  const events: NewEvent[] = [];
  if (before.state === 'pending' && after.state !== 'pending')
    events.push(newEvent(deliveryCancelledV1, { ...reference, reason: reasons[0] ?? 'CANCELLED' }, details));
  if (after.state === 'held') events.push(newEvent(deliveryHeldV1, { ...reference, reasons }, details));
  if (after.state === 'pending')
    events.push(
      newEvent(deliveryRequestedV1, { ...reference, typeCode: document.typeCode, request: after.request }, details),
    );
  return events;
}

/** State of a document whose deliveries are now these. */
export const stateOf = (document: DocumentRecord, deliveries: readonly DeliveryRecord[]): DocumentState =>
  documentState(
    deliveries.map(({ state }) => state),
    { withdrawn: document.withdrawnAt !== null, abandoned: document.abandonedAt !== null },
  );

export const channelLabel = (delivery: DeliveryRecord): string => channelLabels[delivery.channel];
