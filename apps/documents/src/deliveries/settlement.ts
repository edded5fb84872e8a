import type { Outbox } from '@pfi/platform-messaging';
import type { Tx } from '@pfi/platform-postgres';
import type { Feedback } from '../feedback/feedback.js';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { IdentityReadModel } from '../persistence/identity-read-model.js';
import type { ArtefactMaker, ReceivedContent } from './artefact-maker.js';
import type { Judged, Judgement, Work } from './judgement.js';
import type { DeliveryRecord, TimelineEntry } from './records.js';

/** Judged documents whose pending deliveries have their artefact, and what the timeline says of the making. */
export interface Settled {
  readonly judged: readonly Judged[];
  readonly timeline: readonly TimelineEntry[];
}

/** Judges documents and writes what follows, in the caller's transaction: a few statements for any number of documents. */
export class Settlement {
  constructor(
    private readonly judgement: Judgement,
    private readonly repository: DocumentRepository,
    private readonly identities: IdentityReadModel,
    private readonly maker: ArtefactMaker,
    private readonly outbox: Outbox,
    private readonly feedback: Feedback,
  ) {}

  /**
   * Locks the documents and their other versions, judges their open deliveries against the identity as known now, and
   * writes. `received`: contents that this transaction stores.
   */
  async rejudge(
    tx: Tx,
    documentIds: readonly string[],
    now: Date,
    received?: ReadonlyMap<string, ReceivedContent>,
  ): Promise<readonly Judged[]> {
    if (documentIds.length === 0) return [];
    const works = await this.load(tx, documentIds);
    const { judged, timeline } = await this.settle(tx, works, now, received);
    this.repository.updateDeliveries(
      tx,
      judged.flatMap((j) => j.changed),
    );
    const moved = judged.filter(
      (j, index) =>
        j.document.state !== works[index]?.document.state || j.document.patientId !== works[index]?.document.patientId,
    );
    this.repository.updateDocuments(
      tx,
      moved.map((j) => j.document),
    );
    await this.announce(tx, judged, timeline);
    return judged;
  }

  /** The documents and their other versions, each with what judging it needs. */
  async load(tx: Tx, documentIds: readonly string[]): Promise<Work[]> {
    const documents = await this.repository.lockLineages(tx, documentIds);
    const deliveries = Map.groupBy(await this.repository.deliveriesOf(tx, [...documents.keys()]), (d) => d.documentId);
    const patientIds = [...documents.values()].flatMap((document) => document.patientId ?? []);
    const identities = await this.identities.byPatient(tx, patientIds);
    const versions = [...documents.values()].map((document) => ({
      document,
      deliveries: deliveries.get(document.id) ?? [],
    }));
    const lineages = Map.groupBy(versions, ({ document }) => document.lineageId);
    return versions.map((version) => ({
      ...version,
      identity: version.document.patientId ? (identities.get(version.document.patientId) ?? null) : null,
      versions: (lineages.get(version.document.lineageId) ?? []).filter((other) => other !== version),
    }));
  }

  /**
   * Asks the rules and makes the artefacts of the deliveries that may leave; a delivery whose artefact cannot be made is
   * parked, so that one bad document never stops those of others. Nothing but artefacts is written. `received` gives the
   * content of documents that are being accepted; the bytes of others are read from the store.
   */
  async settle(
    tx: Tx,
    works: readonly Work[],
    now: Date,
    received?: ReadonlyMap<string, ReceivedContent>,
  ): Promise<Settled> {
    const judged: Judged[] = [];
    const timeline: TimelineEntry[] = [];
    for (const work of works) {
      const first = this.judgement.judge(work, now);
      const made = await this.maker.make(tx, work, first.toMake, received?.get(work.document.id));
      timeline.push(...made.timeline);
      const impossible = new Set(
        first.toMake.map(({ delivery }) => delivery.id).filter((id) => !made.deliveries.has(id)),
      );
      const final = impossible.size > 0 ? this.judgement.judge(work, now, impossible) : first;
      const withArtefact = (delivery: DeliveryRecord) => made.deliveries.get(delivery.id) ?? delivery;
      judged.push({
        ...final,
        deliveries: final.deliveries.map(withArtefact),
        changed: final.changed.map(withArtefact),
      });
    }
    return { judged, timeline };
  }

  /** Timeline, events and answers to the sender of what was judged. */
  async announce(tx: Tx, judged: readonly Judged[], before: readonly TimelineEntry[]): Promise<void> {
    this.repository.insertTimeline(tx, [...before, ...judged.flatMap((j) => j.timeline)]);
    await this.outbox.append(
      tx,
      judged.flatMap((j) => j.events),
    );
    await this.feedback.enqueue(
      tx,
      judged.flatMap((j) => j.feedback.map((told) => ({ document: j.document, ...told }))),
    );
  }
}
