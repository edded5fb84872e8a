import { deliveryCancelledV1, deliveryHeldV1, deliveryRequestedV1 } from '@pfi/contracts';
import {
  documentState,
  feedbackOfReason,
  judgeDmpDelivery,
  judgeMailDelivery,
  reason,
  stopped,
  type Audience,
  type Channel,
  type DocumentState,
  type KnownIdentity,
  type Operation,
  type Predecessor,
  type SenderFeedback,
  type Verdict,
} from '@pfi/documents-core';
import type { InsEnvironment } from '@pfi/health';
import { newEvent, type NewEvent } from '@pfi/platform-messaging';
import type { Ght } from '@pfi/platform-settings';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from './records.js';
import { turnOf, type Version } from './version-order.js';

/** A document with its deliveries and the patient as known now. */
export interface Work {
  readonly document: DocumentRecord;
  readonly deliveries: readonly DeliveryRecord[];
  readonly identity: KnownIdentity | null;
  /** The other versions of the document. */
  readonly versions: readonly Version[];
}

/** What a delivery may do now, and to what. */
export interface Decision {
  readonly verdict: Verdict;
  readonly operation: Operation;
  /** What is replaced or withdrawn. */
  readonly predecessor: Predecessor | null;
}

/** What judging changed; nothing is written yet. */
export interface Judged {
  readonly document: DocumentRecord;
  readonly deliveries: readonly DeliveryRecord[];
  readonly changed: readonly DeliveryRecord[];
  readonly toMake: readonly { readonly delivery: DeliveryRecord; readonly verdict: Verdict }[];
  readonly timeline: readonly TimelineEntry[];
  readonly events: readonly NewEvent[];
  readonly feedback: readonly { readonly delivery: DeliveryRecord; readonly feedback: SenderFeedback }[];
}

const channelLabels = { dmp: 'DMP', 'mss-pro': 'MSSanté professionnels', 'mss-patient': 'MSSanté patient' } as const;

/** The rules of libs/documents, asked for one document with what the GHT file says of its source. */
export class Judgement {
  constructor(
    private readonly ght: Ght,
    private readonly environment: InsEnvironment,
  ) {}

  /** The rules of the gate, then the order of versions. */
  decide(work: Work, delivery: DeliveryRecord, now: Date): Decision {
    const { operation } = delivery;
    const alone = (verdict: Verdict): Decision => ({ verdict, operation, predecessor: null });
    const halt = haltOf(work, delivery);
    if (halt) return alone(halt);
    const verdict = operation === 'withdraw' ? this.mayWithdraw(delivery) : this.verdictOf(work, delivery, now);
    if (verdict.state !== 'pending') return alone(verdict);
    const turn = turnOf(work, work.versions, delivery);
    if (turn.kind === 'waits') return alone({ state: 'held', reasons: [reason(turn.reason)] });
    if (turn.kind === 'pointless') return alone({ state: 'not-applicable', reasons: [reason(turn.reason)] });
    if (turn.operation === 'replace' && delivery.channel !== 'dmp' && work.document.flags.modifConfCode)
      return alone({ state: 'not-applicable', reasons: [reason('VISIBILITY_CHANGE_ONLY')] });
    return { verdict, operation: turn.operation, predecessor: turn.predecessor };
  }

  /** What left may be withdrawn whatever became of the identity since. */
  private mayWithdraw({ channel }: DeliveryRecord): Verdict {
    return this.isOpen(channel)
      ? { state: 'pending', reasons: [] }
      : { state: 'held', reasons: [reason('CHANNEL_DISABLED')] };
  }

  private verdictOf({ document, identity }: Work, { channel, recipient }: DeliveryRecord, now: Date): Verdict {
    const { dmp, mss, delays } = this.ght.file;
    const gated = {
      ...document.facts,
      insDeclared: document.declared.ins,
      completeIns: this.ght.sourceByKey(document.source)?.completeIns ?? ('refuse' as const),
      vouchPending: document.declared.vouched,
    };
    const channelEnabled = this.isOpen(channel);
    if (channel === 'dmp') {
      const { depositWhenConsentUnknown } = dmp;
      return judgeDmpDelivery(gated, identity, { channelEnabled, depositWhenConsentUnknown });
    }
    const mailed = {
      ...gated,
      flags: document.flags,
      audience: this.ght.documentType(document.typeCode)?.audience ?? EVERYONE,
      fictitious: document.declared.fictitious,
      receivedAt: document.receivedAt,
    };
    const settings = {
      ...mss,
      channelEnabled,
      mailbox: this.ght.legalEntity(document.owner.slice('ej:'.length))?.mailbox !== undefined,
      proWithoutIns: delays.mssProWithoutIns,
      production: this.environment === 'production',
    };
    return judgeMailDelivery(channel, mailed, recipient, identity, settings, now);
  }

  private isOpen(channel: Channel): boolean {
    const { dmp, mssPro, mssPatient } = this.ght.file.channels;
    return { dmp, 'mss-pro': mssPro, 'mss-patient': mssPatient }[channel];
  }

  /**
   * Asks the rules again for every delivery that is held or pending, and says what follows. A delivery that was pending and
   * may not leave any more is held again, or cancelled when the patient opposed since. Those of `impossible` are parked:
   * their artefact could not be made.
   */
  judge(work: Work, now: Date, impossible: ReadonlySet<string> = new Set()): Judged {
    const timeline: TimelineEntry[] = [];
    const events: NewEvent[] = [];
    const feedback: { delivery: DeliveryRecord; feedback: SenderFeedback }[] = [];
    const toMake: { delivery: DeliveryRecord; verdict: Verdict }[] = [];
    const changed: DeliveryRecord[] = [];
    const patientId = work.identity?.patientId ?? work.document.patientId;

    const deliveries = work.deliveries.map((delivery) => {
      const open = delivery.state === 'held' || delivery.state === 'pending';
      if (!open && !(delivery.state === 'parked' && haltOf(work, delivery))) return delivery;
      const { verdict, operation } = impossible.has(delivery.id)
        ? { verdict: NOT_MADE, operation: delivery.operation }
        : this.decide(work, delivery, now);
      const next = transition({ ...delivery, operation }, verdict, work.identity, now);
      const moved =
        next.state !== delivery.state || codes(next) !== codes(delivery) || next.request !== delivery.request;
      const placed = { ...next, patientId };
      if (!moved) {
        if (patientId !== delivery.patientId) changed.push(placed);
        return placed;
      }
      changed.push(placed);
      if (placed.state === 'pending' && operation !== 'withdraw') toMake.push({ delivery: placed, verdict });
      timeline.push(timelineEntry(work.document, now, `delivery-${placed.state}`, sentence(placed)));
      events.push(...deliveryEvents(work.document, delivery, placed));
      const told = answerOf(work.document, placed);
      if (told) feedback.push({ delivery: placed, feedback: told });
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

/** Withdrawn, or overtaken by a later version, before it left. */
const haltOf = ({ document, versions }: Work, { state, claimedAt, operation }: DeliveryRecord): Verdict | undefined =>
  stopped(
    { state, claimed: claimedAt !== null, operation },
    {
      withdrawn: document.withdrawnAt !== null,
      superseded: versions.some((other) => other.document.version > document.version),
    },
  );

/** What the sender is told of a decision; of a mail that does not apply, only a source that asked for it. */
function answerOf({ flags }: DocumentRecord, { channel, state, reasons }: DeliveryRecord): SenderFeedback | undefined {
  if (state === 'held' || state === 'pending') return undefined;
  const asked = { dmp: true, 'mss-pro': flags.destMssPs, 'mss-patient': flags.destMssPat }[channel];
  return reasons[0] && (asked || state !== 'not-applicable') ? feedbackOfReason(reasons[0].code) : undefined;
}

const EVERYONE: readonly Audience[] = ['professional', 'patient'];

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

const asked = {
  send: 'envoi demandé',
  replace: 'remplacement demandé',
  withdraw: 'retrait demandé',
} as const;

function sentence(delivery: DeliveryRecord): string {
  const channel = channelLabels[delivery.channel];
  const why = delivery.reasons.map((reason) => reason.text).join(' ');
  switch (delivery.state) {
    case 'held':
      return `${channel} : en attente. ${why}`;
    case 'pending':
      return `${channel} : ${asked[delivery.operation]}.`;
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

/** What names a delivery in every event about it. */
export const referenceOf = (document: DocumentRecord, delivery: DeliveryRecord) => ({
  deliveryId: delivery.id,
  documentId: document.id,
  lineageId: document.lineageId,
  legalEntity: document.owner.slice('ej:'.length),
  establishment: document.establishment,
  channel: delivery.channel,
  form: delivery.form,
  audience: delivery.audience,
});

/** What other contexts learn of a delivery that moved, whoever moved it. */
export function deliveryEvents(document: DocumentRecord, before: DeliveryRecord, after: DeliveryRecord): NewEvent[] {
  const reference = referenceOf(document, after);
  const details = { owner: document.owner, traceparent: document.traceparent ?? undefined };
  const reasons = after.reasons.map(({ code }) => code);
  const events: NewEvent[] = [];
  // Who was told that it is asked, or held, must not believe so for ever.
  const told = before.state === 'pending' || before.state === 'held';
  if (told && after.state !== before.state && after.state !== 'pending') {
    const unasked = after.request === 0 ? { asked: false } : {};
    events.push(
      newEvent(deliveryCancelledV1, { ...reference, reason: reasons[0] ?? 'CANCELLED', ...unasked }, details),
    );
  }
  if (after.state === 'held') events.push(newEvent(deliveryHeldV1, { ...reference, reasons }, details));
  if (after.state === 'pending')
    events.push(
      newEvent(
        deliveryRequestedV1,
        { ...reference, typeCode: document.typeCode, request: after.request, operation: after.operation },
        details,
      ),
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
