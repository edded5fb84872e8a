import type { KnownIdentity } from '@pfi/documents-core';
import { sha256Of, type ContentStore } from '@pfi/platform-content';
import type { Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import { planDeliveries } from '../deliveries/delivery-plan.js';
import { timelineEntry, type Work } from '../deliveries/judgement.js';
import { onePatient, patientKeys } from '../deliveries/patient-keys.js';
import type { DocumentRecord, TimelineEntry } from '../deliveries/records.js';
import type { Settlement } from '../deliveries/settlement.js';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { IdentityReadModel } from '../persistence/identity-read-model.js';
import type { LineageRepository } from '../persistence/lineage.repository.js';
import type { StayReadModel } from '../persistence/stay-read-model.js';
import { arrivalEvents } from './arrival-events.js';
import type { IncomingDocument } from './incoming-document.js';
import { aliasesOf, placeArrivals, type Placed, type Recorded } from './lineage-placement.js';

/** Takes new documents of one owner in: lineage, patient, deliveries, events, in the caller's transaction. */
export class DocumentRecorder {
  constructor(
    private readonly ght: Ght,
    private readonly repository: DocumentRepository,
    private readonly lineages: LineageRepository,
    private readonly identities: IdentityReadModel,
    private readonly stays: StayReadModel,
    private readonly contents: ContentStore,
    private readonly settlement: Settlement,
  ) {}

  async record(
    tx: Tx,
    owner: string,
    messages: readonly { readonly messageId: string; readonly incoming: IncomingDocument }[],
  ): Promise<Recorded[]> {
    const arrivals = messages.map((message) => ({ ...message, sha256: sha256Of(message.incoming.content) }));
    const claims = messages.map((message) => message.incoming.claim);
    await this.lineages.lockIds(tx, owner, claims);
    const { results, placed } = placeArrivals(arrivals, await this.lineages.known(tx, owner, claims));
    if (placed.length === 0) return results;
    await this.contents.putMany(
      tx,
      placed.map(({ incoming }) => ({ owner, bytes: incoming.content, mediaType: incoming.mediaType })),
    );
    await this.lineages.insert(
      tx,
      placed.map((p) => p.lineage),
      placed.flatMap(aliasesOf),
    );
    const works = await this.works(tx, owner, placed);
    const received = new Map(placed.map((p) => [p.incoming.id, p.incoming.content]));
    const { judged, timeline } = await this.settlement.settle(
      tx,
      works,
      works[0]?.document.receivedAt ?? new Date(),
      received,
    );
    await this.repository.insertDocuments(
      tx,
      judged.map((j) => j.document),
    );
    await this.repository.insertDeliveries(
      tx,
      judged.flatMap((j) => j.deliveries),
    );
    await this.awaitPatients(tx, works);
    const announced = judged.map((j, index) => ({
      ...j,
      events: [...arrivalEvents(works[index] as Work), ...j.events],
    }));
    const arrived = placed.flatMap((p, index) => receivedEntries(p, (works[index] as Work).document));
    await this.settlement.announce(tx, announced, [...arrived, ...timeline]);
    return results;
  }

  private async works(tx: Tx, owner: string, placed: readonly Placed[]): Promise<Work[]> {
    const keys = placed.map(({ incoming }) => patientKeys(incoming.domain, incoming.patient));
    await this.identities.lockShared(tx, keys.flat());
    const found = await this.identities.find(tx, keys.flat());
    const reportedBy = await this.stays.establishments(
      tx,
      owner,
      placed.flatMap((p) => p.incoming.stay ?? []),
    );
    return placed.map((p, index) => {
      const identity = onePatient(keys[index] ?? [], found);
      const { stay } = p.incoming;
      const establishment = (stay && reportedBy.get(`${stay.authority}\n${stay.number}`)) ?? p.incoming.establishment;
      const document = documentRecord(p, identity, establishment);
      return { document, deliveries: planDeliveries(document, this.ght), identity };
    });
  }

  private async awaitPatients(tx: Tx, works: readonly Work[]): Promise<void> {
    const waiting = works.filter((work) => !work.identity).map((work) => work.document);
    await this.lineages.awaitPatients(
      tx,
      waiting.flatMap((document) =>
        patientKeys(document.domain, document.declared).map((key) => ({
          ...key,
          documentId: document.id,
          owner: document.owner,
        })),
      ),
    );
  }
}

function documentRecord(placed: Placed, identity: KnownIdentity | null, establishment: string): DocumentRecord {
  const { incoming, lineage, messageId, conflict, sha256 } = placed;
  return {
    id: incoming.id,
    owner: incoming.owner,
    establishment,
    lineageId: lineage.id,
    version: incoming.claim.version,
    documentOid: incoming.claim.documentId,
    setOid: incoming.claim.setId,
    typeCode: incoming.type.code,
    title: incoming.title,
    level: incoming.level,
    source: incoming.source,
    controlId: incoming.controlId,
    messageId,
    domain: incoming.domain,
    patientId: identity?.patientId ?? null,
    stay: incoming.stay,
    state: 'held',
    flags: incoming.flags,
    facts: { ...incoming.facts, lineageConflict: conflict },
    declared: incoming.patient,
    metadata: incoming.metadata,
    recipients: incoming.recipients,
    contentSha256: sha256,
    contentMediaType: incoming.mediaType,
    traceparent: incoming.traceparent,
    effectiveAt: incoming.effectiveAt,
    receivedAt: incoming.receivedAt,
    abandonedAt: null,
    withdrawnAt: null,
  };
}

function receivedEntries(placed: Placed, document: DocumentRecord): TimelineEntry[] {
  const at = document.receivedAt;
  return [
    timelineEntry(
      document,
      at,
      'received',
      `Reçu de ${document.source} (message ${document.controlId}), empreinte ${document.contentSha256}.`,
    ),
    ...(placed.unknownPredecessor
      ? [
          timelineEntry(
            document,
            at,
            'predecessor-unknown',
            'Version précédente jamais reçue : traité comme un document initial.',
          ),
        ]
      : []),
    ...placed.incoming.warnings.map((warning) =>
      timelineEntry(document, at, 'warning', `${warning.code} : ${warning.textFr}`),
    ),
  ];
}
