import type { ContentStore } from '@pfi/platform-content';
import type { Outbox } from '@pfi/platform-messaging';
import type { Tx } from '@pfi/platform-postgres';
import type { KnownIdentity } from '@pfi/documents-core';
import type { Ins } from '@pfi/health';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { IdentityReadModel } from '../persistence/identity-read-model.js';
import type { Feedback } from '../feedback/feedback.js';
import { insText, makeArtefact } from './artefacts.js';
import { timelineEntry, type Judged, type Judgement, type Work } from './judgement.js';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from './records.js';

/** Judges documents again and writes what follows, in the caller's transaction: a few statements for any number of documents. */
export class Settlement {
  constructor(
    private readonly judgement: Judgement,
    private readonly repository: DocumentRepository,
    private readonly identities: IdentityReadModel,
    private readonly contents: ContentStore,
    private readonly outbox: Outbox,
    private readonly feedback: Feedback,
  ) {}

  /** Locks the documents, judges their held and pending deliveries against the identity as known now, and writes. */
  async rejudge(tx: Tx, documentIds: readonly string[], now: Date): Promise<Judged[]> {
    if (documentIds.length === 0) return [];
    const works = await this.load(tx, documentIds);
    const judged = works.map((work) => this.judgement.judge(work, now));
    await this.write(tx, judged, works);
    return judged;
  }

  async load(tx: Tx, documentIds: readonly string[]): Promise<Work[]> {
    const documents = await this.repository.lockDocuments(tx, documentIds);
    const deliveries = Map.groupBy(await this.repository.deliveriesOf(tx, [...documents.keys()]), (d) => d.documentId);
    const patientIds = [...documents.values()].flatMap((document) => document.patientId ?? []);
    const identities = await this.identities.byPatient(tx, patientIds);
    return [...documents.values()].map((document) => ({
      document,
      deliveries: deliveries.get(document.id) ?? [],
      identity: document.patientId ? (identities.get(document.patientId) ?? null) : null,
    }));
  }

  private async write(tx: Tx, judged: readonly Judged[], works: readonly Work[]): Promise<void> {
    const made = await this.makeArtefacts(tx, judged, works);
    const changed = judged.flatMap((j) => j.changed).map((delivery) => made.deliveries.get(delivery.id) ?? delivery);
    await this.repository.updateDeliveries(tx, changed);
    const moved = judged.filter(
      (j, index) =>
        j.document.state !== works[index]?.document.state || j.document.patientId !== works[index]?.document.patientId,
    );
    await this.repository.updateDocuments(
      tx,
      moved.map((j) => j.document),
    );
    await this.announce(tx, judged, made.timeline);
  }

  /** Timeline, events and answers to the sender of what was judged. */
  async announce(tx: Tx, judged: readonly Judged[], before: readonly TimelineEntry[]): Promise<void> {
    await this.repository.insertTimeline(tx, [...before, ...judged.flatMap((j) => j.timeline)]);
    await this.outbox.append(
      tx,
      judged.flatMap((j) => j.events),
    );
    await this.feedback.enqueue(
      tx,
      judged.flatMap((j) => j.feedback.map((feedback) => ({ document: j.document, feedback }))),
    );
  }

  /**
   * Stores the artefacts of the deliveries that become pending. `received` gives the content of documents that are being
   * accepted; the bytes of others are read from the store.
   */
  async makeArtefacts(
    tx: Tx,
    judged: readonly Judged[],
    works: readonly Work[],
    received: ReadonlyMap<string, Buffer> = new Map(),
  ): Promise<Made> {
    const made: Made = { deliveries: new Map(), timeline: [] };
    for (const [index, { document, toMake }] of judged.entries()) {
      for (const { delivery, verdict } of toMake) {
        const identity = works[index]?.identity;
        if (delivery.channel !== 'dmp' || !verdict.artefact || !identity?.ins) continue;
        const known = { ...identity, ins: identity.ins };
        const sha256 =
          verdict.artefact === 'as-received'
            ? document.contentSha256
            : await this.make(tx, verdict.artefact, document, known, received.get(document.id));
        made.deliveries.set(delivery.id, { ...delivery, artefactSha256: sha256, artefactIns: insText(identity.ins) });
        if (verdict.artefact !== 'as-received') made.timeline.push(madeEntry(verdict.artefact, document, sha256, delivery.at));
      }
    }
    return made;
  }

  private async make(
    tx: Tx,
    making: 'complete-ins' | 'render-n1',
    document: Judged['document'],
    identity: KnownIdentity & { readonly ins: Ins },
    received: Buffer | undefined,
  ): Promise<string> {
    const content = received ?? (await this.contents.read([document.owner], document.owner, document.contentSha256));
    const artefact = makeArtefact(making, document, content, identity);
    return this.contents.put(tx, document.owner, artefact.bytes, artefact.mediaType);
  }
}

/** Deliveries with their artefact, and what the timeline says of the making. */
export interface Made {
  readonly deliveries: Map<string, DeliveryRecord>;
  readonly timeline: TimelineEntry[];
}

const madeEntry = (
  making: 'complete-ins' | 'render-n1',
  document: DocumentRecord,
  sha256: string,
  at: Date,
): TimelineEntry => {
  const what = making === 'complete-ins' ? 'CDA complété par l’INS qualifiée' : 'CDA N1 produit à partir du PDF reçu';
  return timelineEntry(document, at, making, `${what} : original ${document.contentSha256}, produit ${sha256}.`);
};
