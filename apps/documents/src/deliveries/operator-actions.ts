import { documentState, reason } from '@pfi/documents-core';
import { PfiError } from '@pfi/health';
import type { Outbox } from '@pfi/platform-messaging';
import type { Database, Tx } from '@pfi/platform-postgres';
import { recordAccess, type Reader } from '@pfi/platform-service';
import type { Ght } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { DocumentRepository } from '../persistence/document.repository.js';
import { deliveryEvents, timelineEntry, type Work } from './judgement.js';
import { accessed, type DeliveryRecord, type DocumentRecord } from './records.js';
import type { Settlement } from './settlement.js';
import type { Withdrawals } from './withdrawals.js';

export const documentUnknown = (): PfiError =>
  new PfiError('DOCUMENT_UNKNOWN', 'not-found', 'Ce document n’existe pas, ou n’est pas dans votre périmètre.');

const nothingToDo = (): PfiError =>
  new PfiError(
    'ACTION_NOT_APPLICABLE',
    'conflict',
    'Aucun envoi de ce document n’est dans un état qui permet cette action.',
  );

/** What an operator may do with a document that waits or failed. */
export class OperatorActions {
  constructor(
    private readonly ght: Ght,
    private readonly database: Database,
    private readonly repository: DocumentRepository,
    private readonly settlement: Settlement,
    private readonly outbox: Outbox,
    private readonly withdrawals: Withdrawals,
  ) {}

  /** Parked and refused deliveries are judged afresh and asked for again; held ones are judged again. */
  async replay(operator: Reader, documentId: string): Promise<void> {
    await this.database.transaction(this.scopesOf(operator), async (tx) => {
      const work = await this.workOf(tx, documentId);
      const again = work.deliveries.filter((d) => d.state === 'parked' || d.state === 'refused' || d.state === 'held');
      if (again.length === 0 || work.document.abandonedAt) throw nothingToDo();
      const now = new Date();
      this.repository.insertTimeline(tx, [timelineEntry(work.document, now, 'replayed', 'Rejoué par un opérateur.')]);
      this.repository.updateDeliveries(
        tx,
        again.map((d): DeliveryRecord => ({
          ...d,
          state: 'held',
          reasons: [],
          outcomeCode: null,
          outcomeText: null,
          at: now,
        })),
      );
      await this.settlement.rejudge(tx, [documentId], now);
      await done(tx, operator, 'replay', work.document);
    });
  }

  /** Deliveries that are not done are cancelled for good, with the operator's words in the timeline. */
  async abandon(operator: Reader, documentId: string, why: string): Promise<void> {
    await this.database.transaction(this.scopesOf(operator), async (tx) => {
      const work = await this.workOf(tx, documentId);
      const open = work.deliveries.filter((d) => d.state === 'held' || d.state === 'pending' || d.state === 'parked');
      if (open.length === 0 || work.document.abandonedAt) throw nothingToDo();
      const now = new Date();
      const cancelled = open.map((d): DeliveryRecord => ({
        ...d,
        state: 'cancelled',
        reasons: [reason('ABANDONED')],
        at: now,
      }));
      const document = { ...work.document, abandonedAt: now, state: documentState([], { abandoned: true }) };
      this.repository.updateDeliveries(tx, cancelled);
      this.repository.updateDocuments(tx, [document]);
      this.repository.insertTimeline(tx, [
        timelineEntry(document, now, 'abandoned', `Abandonné par un opérateur : ${why}`),
      ]);
      await this.outbox.append(
        tx,
        cancelled.flatMap((after, index) => deliveryEvents(document, open[index] as DeliveryRecord, after)),
      );
      await done(tx, operator, 'abandon', document);
    });
  }

  /** Raises ACTION_NOT_APPLICABLE for a document that is withdrawn already. */
  async withdraw(operator: Reader, documentId: string, why: string): Promise<void> {
    await this.database.transaction(this.scopesOf(operator), async (tx) => {
      const { document } = await this.workOf(tx, documentId);
      if (document.withdrawnAt) throw nothingToDo();
      // Asked for here, not by a message: nobody waits for a business acknowledgement.
      const withdrawal = { source: document.source, controlId: uuidV7(), ackReception: false, ackLecture: false };
      const said = `Retrait demandé sur la plateforme : ${why}`;
      await this.withdrawals.apply(tx, [{ documentId, withdrawal, flags: {}, said }], new Date());
      await done(tx, operator, 'withdraw', document);
    });
  }

  /**
   * With the identity domains of the operator's legal entities: a delivery is judged by the patient's identity, which an operator of one
   * legal entity may not read, and which the answer does not tell.
   */
  private scopesOf({ scopes }: Reader): readonly string[] {
    const judging = scopes.flatMap((scope) => (scope.startsWith('ej:') ? this.ght.scopesOfOwner(scope) : [scope]));
    return [...new Set(judging)];
  }

  private async workOf(tx: Tx, documentId: string): Promise<Work> {
    const works = await this.settlement.load(tx, [documentId]);
    const work = works.find(({ document }) => document.id === documentId);
    if (!work) throw documentUnknown();
    return work;
  }
}

/** The operator's words stay in the timeline: they may name somebody, the trail never does. */
const done = (tx: Tx, operator: Reader, action: 'replay' | 'abandon' | 'withdraw', document: DocumentRecord) =>
  recordAccess(tx, operator, { action, accessed: [accessed(document)] });
