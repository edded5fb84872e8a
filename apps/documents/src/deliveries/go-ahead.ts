import type { DeliveryClaim } from '@pfi/contracts';
import { reason, type Verdict } from '@pfi/documents-core';
import { PfiError } from '@pfi/health';
import type { Database, Tx } from '@pfi/platform-postgres';
import { recordAccess, type Reader } from '@pfi/platform-service';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { ArtefactMaker } from './artefact-maker.js';
import { insText } from './artefacts.js';
import { claimOf } from './claim.js';
import { channelLabel, stateOf, timelineEntry, type Judgement, type Work } from './judgement.js';
import { accessed, type DeliveryRecord } from './records.js';
import type { Settlement } from './settlement.js';

const refused = (code: 'DELIVERY_HELD' | 'DELIVERY_CANCELLED', why: string): PfiError =>
  new PfiError(code, 'conflict', `Envoi arrêté avant le départ : ${why}`);

type Answer = { readonly claim: DeliveryClaim } | { readonly stopped: PfiError };

/**
 * The go-ahead that a gateway asks for just before the first byte (design D9). The rules are asked a last time, so a
 * correction of the identity after queueing always wins.
 */
export class GoAhead {
  constructor(
    private readonly database: Database,
    private readonly repository: DocumentRepository,
    private readonly settlement: Settlement,
    private readonly judgement: Judgement,
    private readonly maker: ArtefactMaker,
  ) {}

  /**
   * Raises DELIVERY_UNKNOWN (404), DELIVERY_HELD and DELIVERY_CANCELLED (409). `request` is the number of the event that the
   * gateway works for: an older one is cancelled.
   */
  async claim(gateway: Reader, deliveryId: string, request: number): Promise<DeliveryClaim> {
    const answer = await this.database.transaction(gateway.scopes, async (tx): Promise<Answer> => {
      const documentIds = await this.repository.documentIdsOfDeliveries(tx, [deliveryId]);
      const works = await this.settlement.load(tx, documentIds);
      const work = works.find(({ document }) => documentIds.includes(document.id));
      const delivery = work?.deliveries.find((candidate) => candidate.id === deliveryId);
      if (!work || !delivery) throw new PfiError('DELIVERY_UNKNOWN', 'not-found', 'Cet envoi n’existe pas.');
      if (delivery.state !== 'pending' || delivery.request !== request)
        return {
          stopped: refused(
            delivery.state === 'held' ? 'DELIVERY_HELD' : 'DELIVERY_CANCELLED',
            'il n’est plus demandé.',
          ),
        };
      const now = new Date();
      const decision = this.judgement.decide(work, delivery, now);
      const { verdict } = decision;
      if (verdict.state !== 'pending') {
        await this.settlement.rejudge(tx, [work.document.id], now);
        return { stopped: stoppedBy(verdict) };
      }
      const ready =
        decision.operation === 'withdraw' ? delivery : await this.withCurrentIns(tx, work, delivery, verdict, now);
      if (!ready) return { stopped: refused('DELIVERY_CANCELLED', 'l’INS a changé, à vérifier.') };
      const { operation } = decision;
      const identityVersion = work.identity?.version ?? null;
      const claimed = { ...ready, operation, claimedAt: ready.claimedAt ?? now, identityVersion };
      await this.repository.updateDeliveries(tx, [claimed]);
      await recordAccess(tx, gateway, { action: 'delivery-claim', accessed: [accessed(work.document)] });
      return { claim: claimOf(work, claimed, decision) };
    });
    if ('stopped' in answer) throw answer.stopped;
    return answer.claim;
  }

  /**
   * The artefact carries the INS of its making. When the qualified INS is another one now: made again if no byte ever left;
   * parked if some may have, or if it cannot be made.
   */
  private async withCurrentIns(
    tx: Tx,
    work: Work,
    delivery: DeliveryRecord,
    verdict: Verdict,
    now: Date,
  ): Promise<DeliveryRecord | undefined> {
    const ins = verdict.artefact?.ins;
    if (delivery.artefactIns === (ins ? insText(ins) : null)) return delivery;
    // A mail that may have left without matricule goes on as it is: the same mail, whatever is known since.
    if (delivery.channel !== 'dmp' && delivery.artefactIns === null && delivery.claimedAt) return delivery;
    if (delivery.claimedAt === null) {
      const made = await this.maker.make(tx, work, [{ delivery: { ...delivery, at: now }, verdict }]);
      const ready = made.deliveries.get(delivery.id);
      await this.repository.insertTimeline(tx, made.timeline);
      if (ready) return ready;
    }
    const why = reason(delivery.claimedAt === null ? 'ARTEFACT_NOT_MADE' : 'INS_MISMATCH');
    const parked: DeliveryRecord = { ...delivery, state: 'parked', reasons: [why], at: now };
    const deliveries = work.deliveries.map((other) => (other.id === parked.id ? parked : other));
    await this.repository.updateDeliveries(tx, [parked]);
    await this.repository.updateDocuments(tx, [{ ...work.document, state: stateOf(work.document, deliveries) }]);
    await this.repository.insertTimeline(tx, [
      timelineEntry(work.document, now, 'delivery-parked', `${channelLabel(delivery)} : mis de côté. ${why.text}`),
    ]);
    return undefined;
  }
}

const stoppedBy = (verdict: Verdict): PfiError =>
  refused(
    verdict.state === 'held' ? 'DELIVERY_HELD' : 'DELIVERY_CANCELLED',
    verdict.reasons.map((why) => why.text).join(' '),
  );
