import type { KnownIdentity } from '@pfi/documents-core';
import type { ContentStore } from '@pfi/platform-content';
import type { Outbox } from '@pfi/platform-messaging';
import type { Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { ReceivedContent } from '../deliveries/artefact-maker.js';
import { planDeliveries } from '../deliveries/delivery-plan.js';
import { timelineEntry, type Work } from '../deliveries/judgement.js';
import { onePatient, patientKeys } from '../deliveries/patient-keys.js';
import type { DocumentRecord, TimelineEntry, Withdrawal } from '../deliveries/records.js';
import type { Settlement } from '../deliveries/settlement.js';
import type { WithdrawalRequest, Withdrawals } from '../deliveries/withdrawals.js';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { IdentityReadModel } from '../persistence/identity-read-model.js';
import type { LedgerRepository, MessageEffect } from '../persistence/ledger.repository.js';
import type { LineageRepository } from '../persistence/lineage.repository.js';
import type { StayReadModel } from '../persistence/stay-read-model.js';
import { arrivalEvents } from './arrival-events.js';
import type { IncomingDocument } from './incoming-document.js';
import { aliasesOf, placeArrivals, type Arrival, type Placed, type Recorded } from './lineage-placement.js';

interface Parts {
  readonly ght: Ght;
  readonly repository: DocumentRepository;
  readonly lineages: LineageRepository;
  readonly ledger: LedgerRepository;
  readonly identities: IdentityReadModel;
  readonly stays: StayReadModel;
  readonly contents: ContentStore;
  readonly settlement: Settlement;
  readonly withdrawals: Withdrawals;
  readonly outbox: Outbox;
}

/** What is known of the patients and stays of a batch of documents. */
interface KnownAround {
  readonly patients: ReadonlyMap<string, KnownIdentity>;
  /** FINESS EG by `<authority>\n<number>`. */
  readonly establishments: ReadonlyMap<string, string>;
}

/** A placed document with its deliveries, not judged yet. */
interface Planned {
  readonly placed: Placed;
  readonly work: Work;
}

/** Takes documents of one owner in: lineage, patient, deliveries, events, withdrawals, in the caller's transaction. */
export class DocumentRecorder {
  constructor(private readonly parts: Parts) {}

  async record(tx: Tx, owner: string, arrivals: readonly Arrival[]): Promise<Recorded[]> {
    const { contents, identities, ledger, lineages, stays } = this.parts;
    const claims = arrivals.map(({ incoming }) => incoming.claim);
    const keys = arrivals.flatMap(({ incoming }) => patientKeys(incoming.domain, incoming.patient));
    // Asked for together: what is locked first is locked before what follows is read.
    lineages.lockIds(tx, owner, claims);
    identities.lockShared(tx, keys);
    // Those of messages that bring nothing new too: the journal names them instead of keeping them.
    const stored = contents.putMany(
      tx,
      arrivals.map(({ incoming: { content: bytes, contentSha256: sha256, mediaType } }) => ({
        ...{ owner, bytes, sha256, mediaType },
      })),
    );
    const [ids, patients, establishments] = await Promise.all([
      lineages.known(tx, owner, claims),
      identities.find(tx, keys),
      stays.establishments(
        tx,
        owner,
        arrivals.flatMap(({ incoming }) => incoming.stay ?? []),
      ),
      stored,
    ]);
    const { results, placed } = placeArrivals(arrivals, ids);
    if (placed.length > 0) await this.take(tx, placed, { patients, establishments });
    await this.withdraw(tx, arrivals, results);
    await ledger.addEffects(tx, effectsOf(arrivals, results));
    return results;
  }

  private async take(tx: Tx, placed: readonly Placed[], known: KnownAround): Promise<void> {
    const { lineages } = this.parts;
    const newLineages = placed.filter(({ joins }) => !joins).map(({ lineage }) => lineage);
    lineages.insert(tx, newLineages, placed.flatMap(aliasesOf));
    const planned = this.plan(placed, known);
    // A version is judged beside the others, once they are all there.
    const shared = sharedLineages(placed);
    const [several, single] = [true, false].map((is) =>
      planned.filter((one) => shared.has(one.placed.lineage.id) === is),
    );
    await this.recordSingle(tx, single ?? []);
    await this.recordVersions(tx, several ?? []);
    this.awaitPatients(
      tx,
      planned.map(({ work }) => work),
    );
  }

  private async recordSingle(tx: Tx, planned: readonly Planned[]): Promise<void> {
    if (planned.length === 0) return;
    const { repository, settlement } = this.parts;
    const works = planned.map(({ work }) => work);
    const now = works[0]?.document.receivedAt ?? new Date();
    const { judged, timeline } = await settlement.settle(tx, works, now, contentsOf(planned));
    repository.insertDocuments(
      tx,
      judged.map((j) => j.document),
    );
    repository.insertDeliveries(
      tx,
      judged.flatMap((j) => j.deliveries),
    );
    const announced = judged.map((j, index) => ({
      ...j,
      events: [...arrivalEvents(works[index] as Work), ...j.events],
    }));
    await settlement.announce(tx, announced, [...planned.flatMap(receivedEntries), ...timeline]);
  }

  private async recordVersions(tx: Tx, planned: readonly Planned[]): Promise<void> {
    if (planned.length === 0) return;
    const { repository, settlement, outbox } = this.parts;
    const documents = planned.map(({ work }) => work.document);
    repository.insertDocuments(tx, documents);
    repository.insertDeliveries(
      tx,
      planned.flatMap(({ work }) => work.deliveries),
    );
    repository.insertTimeline(tx, planned.flatMap(receivedEntries));
    await outbox.append(
      tx,
      planned.flatMap(({ work }) => arrivalEvents(work)),
    );
    const ids = documents.map(({ id }) => id);
    await settlement.rejudge(tx, ids, documents[0]?.receivedAt ?? new Date(), contentsOf(planned));
  }

  private async withdraw(tx: Tx, arrivals: readonly Arrival[], results: readonly Recorded[]): Promise<void> {
    const requests: WithdrawalRequest[] = [];
    for (const [index, result] of results.entries()) {
      const incoming = arrivals[index]?.incoming;
      if (incoming?.intent !== 'withdraw' || result.kind === 'refused') continue;
      requests.push({ documentId: result.documentId, ...withdrawalBy(incoming) });
    }
    const received = new Map(arrivals.map(({ incoming }) => [incoming.id, incoming]));
    await this.parts.withdrawals.apply(tx, requests, arrivals[0]?.incoming.receivedAt ?? new Date(), received);
  }

  private plan(placed: readonly Placed[], { patients, establishments }: KnownAround): Planned[] {
    return placed.map((p) => {
      const { domain, establishment: said, patient, stay } = p.incoming;
      const identity = onePatient(patientKeys(domain, patient), patients);
      const establishment = (stay && establishments.get(`${stay.authority}\n${stay.number}`)) ?? said;
      const document = documentRecord(p, identity, establishment);
      const deliveries = planDeliveries(document, this.parts.ght);
      return { placed: p, work: { document, deliveries, identity, versions: [] } };
    });
  }

  private awaitPatients(tx: Tx, works: readonly Work[]): void {
    const waiting = works.filter((work) => !work.identity).map((work) => work.document);
    this.parts.lineages.awaitPatients(
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

/** Messages whose effect is on a document that another one brought. */
function effectsOf(arrivals: readonly Arrival[], results: readonly Recorded[]): MessageEffect[] {
  return arrivals.flatMap(({ messageId, incoming: { owner, receivedAt } }, index) => {
    const result = results[index];
    if (result?.kind !== 'absorbed' && result?.kind !== 'withdrawn') return [];
    const kind = result.kind === 'absorbed' ? 'repeat' : 'withdrawal';
    return [{ messageId, owner, kind, documentId: result.documentId, receivedAt }];
  });
}

/** Lineages with more than one version once this batch is in. */
function sharedLineages(placed: readonly Placed[]): ReadonlySet<string> {
  const groups = [...Map.groupBy(placed, ({ lineage }) => lineage.id)];
  return new Set(groups.filter(([, group]) => group.length > 1 || group.some(({ joins }) => joins)).map(([id]) => id));
}

const contentsOf = (planned: readonly Planned[]): ReadonlyMap<string, ReceivedContent> =>
  new Map(planned.map(({ placed: { incoming } }) => [incoming.id, incoming]));

const withdrawalOf = ({ source, controlId, flags }: IncomingDocument): Withdrawal => ({
  source,
  controlId,
  ackReception: flags.ackReception ?? false,
  ackLecture: flags.ackLecture ?? false,
});

const withdrawalBy = (incoming: IncomingDocument): Omit<WithdrawalRequest, 'documentId'> => ({
  withdrawal: withdrawalOf(incoming),
  flags: incoming.flags,
  said: withdrawnBy(incoming),
});

const withdrawnBy = ({ source, controlId }: IncomingDocument): string =>
  `Retrait demandé par ${source} (message ${controlId}).`;

function documentRecord(placed: Placed, identity: KnownIdentity | null, establishment: string): DocumentRecord {
  const { incoming, lineage, messageId, conflict } = placed;
  const withdrawn = incoming.intent === 'withdraw';
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
    mail: incoming.mail,
    contentSha256: incoming.contentSha256,
    contentMediaType: incoming.mediaType,
    traceparent: incoming.traceparent,
    effectiveAt: incoming.effectiveAt,
    receivedAt: incoming.receivedAt,
    abandonedAt: null,
    withdrawnAt: withdrawn ? incoming.receivedAt : null,
    withdrawal: withdrawn ? withdrawalOf(incoming) : null,
  };
}

function receivedEntries({ placed, work: { document } }: Planned): TimelineEntry[] {
  const entry = (event: string, text: string) => timelineEntry(document, document.receivedAt, event, text);
  return [
    entry(
      'received',
      `Reçu de ${document.source} (message ${document.controlId}), empreinte ${document.contentSha256}.`,
    ),
    ...(document.withdrawal ? [entry('withdrawn', withdrawnBy(placed.incoming))] : []),
    ...(placed.unknownPredecessor
      ? [entry('predecessor-unknown', 'Version précédente jamais reçue : traité comme un document initial.')]
      : []),
    ...placed.incoming.warnings.map((warning) => entry('warning', `${warning.code} : ${warning.textFr}`)),
  ];
}
