import type { DeliveryClaim } from '@pfi/contracts';
import { reason, type Verdict } from '@pfi/documents-core';
import { PfiError } from '@pfi/health';
import { GroupedCalls, type Database, type Tx } from '@pfi/platform-postgres';
import { recordAccess, type DoorPressure, type Reader } from '@pfi/platform-service';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { ArtefactMaker } from './artefact-maker.js';
import { insText } from './artefacts.js';
import { claimOf } from './claim.js';
import { channelLabel, stateOf, timelineEntry, type Decision, type Judgement, type Work } from './judgement.js';
import { accessed, type DeliveryRecord } from './records.js';
import type { Settlement } from './settlement.js';

const refused = (code: 'DELIVERY_HELD' | 'DELIVERY_CANCELLED', why: string): PfiError =>
  new PfiError(code, 'conflict', `Envoi arrêté avant le départ : ${why}`);

const unknownDelivery = (): PfiError => new PfiError('DELIVERY_UNKNOWN', 'not-found', 'Cet envoi n’existe pas.');

/** Requests wait a little for others: what they lock, read and write is one transaction. */
const GATHER_MS = 5;
/** Messages at the doors go first, for this long. */
const GIVE_WAY_MS = 1_000;

interface Request {
  readonly gateway: Reader;
  readonly deliveryId: string;
  /** Number of the event that the gateway works for. */
  readonly request: number;
}

/** A delivery that is still asked for, with what the rules say of it now. */
interface Judged {
  readonly work: Work;
  readonly delivery: DeliveryRecord;
  readonly decision: Decision;
}

/**
 * The go-ahead that a gateway asks for just before the first byte (design D9). The rules are asked a last time, so a
 * correction of the identity after queueing always wins. Requests that come together share one transaction.
 */
export class GoAhead {
  readonly #requests: GroupedCalls<Request, DeliveryClaim>;

  constructor(
    private readonly database: Database,
    private readonly repository: DocumentRepository,
    private readonly settlement: Settlement,
    private readonly judgement: Judgement,
    private readonly maker: ArtefactMaker,
    private readonly doors: Pick<DoorPressure, 'relief'>,
  ) {
    this.#requests = new GroupedCalls({
      keyOf: ({ gateway: { issuer, subject, scopes } }) => [issuer, subject, ...scopes].join(),
      limit: 64,
      gatherMs: GATHER_MS,
      run: (requests) => this.claimAll(requests),
    });
  }

  /**
   * Raises DELIVERY_UNKNOWN (404), DELIVERY_HELD and DELIVERY_CANCELLED (409). `request` is the number of the event that the
   * gateway works for: an older one is cancelled.
   */
  claim(gateway: Reader, deliveryId: string, request: number): Promise<DeliveryClaim> {
    return this.#requests.call({ gateway, deliveryId, request });
  }

  private async claimAll(requests: readonly Request[]): Promise<(DeliveryClaim | Error)[]> {
    const [first] = requests;
    if (!first) return [];
    await this.doors.relief(GIVE_WAY_MS);
    const answers = await this.database.transaction(first.gateway.scopes, async (tx) => {
      const now = new Date();
      const judged = await this.judged(tx, requests, now);
      const leaving = new Map(
        judged.flatMap((one): [Judged, DeliveryRecord][] =>
          !(one instanceof PfiError) && leavesAsItIs(one) ? [[one, claimedAs(one, one.delivery, now)]] : [],
        ),
      );
      await this.repository.updateDeliveries(tx, [...leaving.values()]);
      await this.traced(tx, first.gateway, [...leaving.keys()]);
      return judged.map((one) => {
        if (one instanceof PfiError) return one;
        const claimed = leaving.get(one);
        return claimed && claimOf(one.work, claimed, one.decision);
      });
    });
    const all: (DeliveryClaim | Error)[] = [];
    // Those of which more is written than the claim: what one changes, the next may have to see.
    for (const [place, request] of requests.entries()) all.push(answers[place] ?? (await this.claimAlone(request)));
    return all;
  }

  private claimAlone(request: Request): Promise<DeliveryClaim | Error> {
    return this.database.transaction(request.gateway.scopes, async (tx) => {
      const now = new Date();
      const [judged] = await this.judged(tx, [request], now);
      if (!judged || judged instanceof PfiError) return judged ?? unknownDelivery();
      const { work, delivery, decision } = judged;
      const { verdict } = decision;
      if (verdict.state !== 'pending') {
        await this.settlement.rejudge(tx, [work.document.id], now);
        return stoppedBy(verdict);
      }
      const ready =
        decision.operation === 'withdraw' ? delivery : await this.withCurrentIns(tx, work, delivery, verdict, now);
      if (!ready) return refused('DELIVERY_CANCELLED', 'l’INS a changé, à vérifier.');
      const claimed = claimedAs(judged, ready, now);
      await this.repository.updateDeliveries(tx, [claimed]);
      await this.traced(tx, request.gateway, [judged]);
      return claimOf(work, claimed, decision);
    });
  }

  private async traced(tx: Tx, gateway: Reader, claimed: readonly Judged[]): Promise<void> {
    if (claimed.length === 0) return;
    const documents = claimed.map(({ work }) => accessed(work.document));
    await recordAccess(tx, gateway, { action: 'delivery-claim', accessed: documents });
  }

  /** Locks the documents of these deliveries and asks the rules. */
  private async judged(tx: Tx, requests: readonly Request[], now: Date): Promise<(Judged | PfiError)[]> {
    const documentIds = await this.repository.documentIdsOfDeliveries(
      tx,
      requests.map(({ deliveryId }) => deliveryId),
    );
    const works = (await this.settlement.load(tx, documentIds)).filter(({ document }) =>
      documentIds.includes(document.id),
    );
    const found = new Map(
      works.flatMap((work) => work.deliveries.map((delivery) => [delivery.id, { work, delivery }])),
    );
    return requests.map(({ deliveryId, request }) => {
      const one = found.get(deliveryId);
      if (!one) return unknownDelivery();
      const { state, request: current } = one.delivery;
      if (state !== 'pending' || current !== request)
        return refused(state === 'held' ? 'DELIVERY_HELD' : 'DELIVERY_CANCELLED', 'il n’est plus demandé.');
      return { ...one, decision: this.judgement.decide(one.work, one.delivery, now) };
    });
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
    if (hasCurrentIns(delivery, verdict)) return delivery;
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

function hasCurrentIns(delivery: DeliveryRecord, { artefact }: Verdict): boolean {
  const ins = artefact?.ins;
  if (delivery.artefactIns === (ins ? insText(ins) : null)) return true;
  // A mail that may have left without matricule goes on as it is: the same mail, whatever is known since.
  return delivery.channel !== 'dmp' && delivery.artefactIns === null && delivery.claimedAt !== null;
}

const leavesAsItIs = ({ delivery, decision: { verdict, operation } }: Judged): boolean =>
  verdict.state === 'pending' && (operation === 'withdraw' || hasCurrentIns(delivery, verdict));

const claimedAs = ({ work, decision }: Judged, delivery: DeliveryRecord, now: Date): DeliveryRecord => ({
  ...delivery,
  operation: decision.operation,
  claimedAt: delivery.claimedAt ?? now,
  identityVersion: work.identity?.version ?? null,
});

const stoppedBy = (verdict: Verdict): PfiError =>
  refused(
    verdict.state === 'held' ? 'DELIVERY_HELD' : 'DELIVERY_CANCELLED',
    verdict.reasons.map((why) => why.text).join(' '),
  );
