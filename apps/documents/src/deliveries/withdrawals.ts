import { documentWithdrawnV1 } from '@pfi/contracts';
import type { Channel, SteeringFlags } from '@pfi/documents-core';
import { newEvent, type NewEvent, type Outbox } from '@pfi/platform-messaging';
import type { Tx } from '@pfi/platform-postgres';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { ReceivedContent } from './artefact-maker.js';
import { planWithdrawals } from './delivery-plan.js';
import { stateOf, timelineEntry, type Work } from './judgement.js';
import type { DocumentRecord, Withdrawal } from './records.js';
import type { Settlement } from './settlement.js';
import { turnOf } from './version-order.js';

/** A document to withdraw, who asks, and where from. */
export interface WithdrawalRequest {
  readonly documentId: string;
  readonly withdrawal: Withdrawal;
  readonly flags: SteeringFlags;
  /** French, for the timeline: who asked, and why. */
  readonly said: string;
}

/**
 * Withdraws documents: what has not left is cancelled, what left gets deliveries that take it back. Earlier versions that are still
 * to be seen, because the withdrawn one has not taken their place and may never do so, go with it.
 */
export class Withdrawals {
  constructor(
    private readonly repository: DocumentRepository,
    private readonly settlement: Settlement,
    private readonly outbox: Outbox,
  ) {}

  /** Those that are withdrawn already stay as they are. `received`: contents that this transaction stores. */
  async apply(
    tx: Tx,
    requests: readonly WithdrawalRequest[],
    now: Date,
    received?: ReadonlyMap<string, ReceivedContent>,
  ): Promise<void> {
    if (requests.length === 0) return;
    const named = new Map(requests.map((request) => [request.documentId, request]));
    const known = await this.settlement.load(tx, [...named.keys()].sort());
    const asked = withEarlier(named, known);
    const works = known.filter(({ document }) => asked.has(document.id) && document.withdrawnAt === null);
    const withdrawn = works.map((work) => {
      const request = asked.get(work.document.id) as Asked;
      const before = { ...work.document, withdrawnAt: now, withdrawal: request.withdrawal };
      const document = { ...before, state: stateOf(before, work.deliveries) };
      const deliveries = planWithdrawals(document, work.deliveries, channelsOf(request.flags), now);
      return { document, deliveries, entry: timelineEntry(document, now, 'withdrawn', request.said) };
    });
    const documents = withdrawn.map(({ document }) => document);
    this.repository.updateDocuments(tx, documents);
    this.repository.insertDeliveries(
      tx,
      withdrawn.flatMap(({ deliveries }) => deliveries),
    );
    this.repository.insertTimeline(
      tx,
      withdrawn.map(({ entry }) => entry),
    );
    await this.outbox.append(tx, documents.map(withdrawnEvent));
    await this.settlement.rejudge(
      tx,
      documents.map(({ id }) => id),
      now,
      received,
    );
  }
}

type Asked = Omit<WithdrawalRequest, 'documentId'>;

/** What is asked of each document, and of the earlier versions that are still to be seen. */
function withEarlier(named: ReadonlyMap<string, Asked>, known: readonly Work[]): ReadonlyMap<string, Asked> {
  const asked = new Map(named);
  for (const work of known)
    for (const { document } of work.versions) {
      const request = named.get(document.id);
      const earlier = work.document.version < document.version;
      if (request && earlier && !asked.has(work.document.id) && staysVisible(work, request))
        asked.set(work.document.id, request);
    }
  return asked;
}

const staysVisible = (work: Work, { flags }: Asked): boolean =>
  planWithdrawals(work.document, work.deliveries, channelsOf(flags), work.document.receivedAt).some(
    (delivery) => turnOf(work, work.versions, delivery).kind !== 'pointless',
  );

export const withdrawnEvent = (document: DocumentRecord): NewEvent =>
  newEvent(
    documentWithdrawnV1,
    {
      documentId: document.id,
      lineageId: document.lineageId,
      legalEntity: document.owner.slice('ej:'.length),
      establishment: document.establishment,
      source: document.source,
      at: (document.withdrawnAt ?? document.receivedAt).toISOString(),
    },
    { owner: document.owner, traceparent: document.traceparent ?? undefined },
  );

/** The flags of a withdrawal say where it is propagated; a flag that is absent says nothing against it. */
function channelsOf({ destDmp, destMssPs, destMssPat }: SteeringFlags): ReadonlySet<Channel> {
  const said: [Channel, boolean | undefined][] = [
    ['dmp', destDmp],
    ['mss-pro', destMssPs],
    ['mss-patient', destMssPat],
  ];
  return new Set(said.filter(([, flag]) => flag !== false).map(([channel]) => channel));
}
