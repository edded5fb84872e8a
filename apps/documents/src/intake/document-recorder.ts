import { documentRecordedV1, identityVouchedV1 } from '@pfi/contracts';
import { placeInitial, requestedChannels, type KnownAliases, type KnownIdentity } from '@pfi/documents-core';
import type { ContentStore } from '@pfi/platform-content';
import { newEvent, type NewEvent } from '@pfi/platform-messaging';
import type { Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import { timelineEntry, type Judged, type Judgement, type Work } from '../deliveries/judgement.js';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from '../deliveries/records.js';
import type { Settlement } from '../deliveries/settlement.js';
import type { DocumentRepository } from '../persistence/document.repository.js';
import { identifierKey, insKey, type IdentityReadModel, type PatientKey } from '../persistence/identity-read-model.js';
import type { LineageRepository, LineageRow } from '../persistence/lineage.repository.js';
import type { StayReadModel } from '../persistence/stay-read-model.js';
import type { IncomingDocument } from './incoming-document.js';
import { MessageRefused } from './refusal.js';

/** What became of one incoming document. */
export type Recorded =
  | { readonly kind: 'recorded'; readonly documentId: string }
  /** The same document came before under another message: nothing new. */
  | { readonly kind: 'absorbed'; readonly documentId: string }
  | { readonly kind: 'refused'; readonly refusal: MessageRefused };

interface Placed {
  readonly incoming: IncomingDocument;
  readonly messageId: string;
  readonly lineage: LineageRow;
  readonly conflict: boolean;
  readonly unknownPredecessor: boolean;
}

/** Takes new documents of one owner in: lineage, patient, deliveries, events, in the caller's transaction. */
export class DocumentRecorder {
  constructor(
    private readonly ght: Ght,
    private readonly repository: DocumentRepository,
    private readonly lineages: LineageRepository,
    private readonly identities: IdentityReadModel,
    private readonly stays: StayReadModel,
    private readonly contents: ContentStore,
    private readonly judgement: Judgement,
    private readonly settlement: Settlement,
  ) {}

  async record(
    tx: Tx,
    owner: string,
    messages: readonly { readonly messageId: string; readonly incoming: IncomingDocument }[],
  ): Promise<Recorded[]> {
    const { results, placed, sha256s } = await this.place(tx, owner, messages);
    await this.lineages.insert(tx, placed.map((p) => p.lineage), placed.flatMap(aliasesOf));
    const works = await this.works(tx, placed, sha256s);
    const judged = works.map((work) => this.judgement.judge(work, work.document.receivedAt));
    const contents = new Map(placed.map((p) => [p.incoming.id, p.incoming.content]));
    const made = await this.settlement.makeArtefacts(tx, judged, works, contents);
    await this.repository.insertDocuments(tx, judged.map((j) => j.document));
    await this.repository.insertDeliveries(tx, judged.flatMap((j) => j.deliveries).map((d) => made.deliveries.get(d.id) ?? d));
    await this.awaitPatients(tx, works);
    const received = placed.flatMap((p, index) => receivedEntries(p, judged[index] as Judged));
    const announced = judged.map((j, index) => ({ ...j, events: [...this.arrival(works[index] as Work), ...j.events] }));
    await this.settlement.announce(tx, announced, [...received, ...made.timeline]);
    return results;
  }

  /** Finds for each message its lineage, or why it is no new document. Messages of one batch see each other. */
  private async place(
    tx: Tx,
    owner: string,
    messages: readonly { readonly messageId: string; readonly incoming: IncomingDocument }[],
  ): Promise<{ results: Recorded[]; placed: Placed[]; sha256s: string[] }> {
    const known = await this.lineages.known(tx, owner, messages.map((m) => m.incoming.claim));
    const hashes = await this.contents.putMany(
      tx,
      messages.map((m) => ({ owner, bytes: m.incoming.content, mediaType: m.incoming.mediaType })),
    );
    const placed: Placed[] = [];
    const sha256s: string[] = [];
    const results = messages.map(({ messageId, incoming }, index): Recorded => {
      const sha256 = hashes[index] as string;
      const same = known.documents.get(incoming.claim.documentId);
      if (same && same.contentSha256 === sha256) return { kind: 'absorbed', documentId: same.documentId };
      const decision = placeInitial(incoming.claim, aliases(known, incoming));
      if (decision.kind === 'refused')
        return { kind: 'refused', refusal: new MessageRefused('207', decision.code, decision.text, 'OBX^1^5') };
      // A document in conflict keeps a lineage of its own until a person has decided.
      const lineage = { id: uuidV7(), owner, lastVersion: incoming.claim.version };
      const conflict = decision.kind === 'conflict';
      placed.push({
        incoming,
        messageId,
        lineage,
        conflict,
        unknownPredecessor: decision.kind === 'new' && decision.unknownPredecessor,
      });
      sha256s.push(sha256);
      known.documents.set(incoming.claim.documentId, { documentId: incoming.id, lineageId: lineage.id, contentSha256: sha256 });
      if (incoming.claim.setId && !conflict)
        known.sets.set(incoming.claim.setId, { lineageId: lineage.id, versions: [incoming.claim.version] });
      return { kind: 'recorded', documentId: incoming.id };
    });
    return { results, placed, sha256s };
  }

  private async works(tx: Tx, placed: readonly Placed[], sha256s: readonly string[]): Promise<Work[]> {
    const keys = placed.map((p) => patientKeys(p.incoming));
    await this.identities.lockShared(tx, keys.flat());
    const found = await this.identities.find(tx, keys.flat());
    const owner = placed[0]?.incoming.owner ?? '';
    const reportedBy = await this.stays.establishments(tx, owner, placed.flatMap((p) => p.incoming.stay ?? []));
    return placed.map((p, index) => {
      const identity = onePatient(keys[index] ?? [], found);
      const { stay } = p.incoming;
      const establishment = (stay && reportedBy.get(`${stay.authority}\n${stay.number}`)) ?? p.incoming.establishment;
      const document = this.documentRecord(p, sha256s[index] as string, identity, establishment);
      return { document, deliveries: this.deliveries(document), identity };
    });
  }

  private documentRecord(
    placed: Placed,
    contentSha256: string,
    identity: KnownIdentity | null,
    establishment: string,
  ): DocumentRecord {
    const { incoming, lineage, messageId, conflict } = placed;
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
      contentSha256,
      contentMediaType: incoming.mediaType,
      traceparent: incoming.traceparent,
      effectiveAt: incoming.effectiveAt,
      receivedAt: incoming.receivedAt,
      abandonedAt: null,
      withdrawnAt: null,
    };
  }

  /** One delivery for each channel that is asked for, and one `not-applicable` for a DMP that is not: the answer to "why not?". */
  private deliveries(document: DocumentRecord): DeliveryRecord[] {
    const asked = requestedChannels(document.flags, this.ght.documentType(document.typeCode)?.channels ?? []);
    const form = document.level === 'N3' ? 'cda-n3' : 'cda-n1';
    const base = {
      documentId: document.id,
      owner: document.owner,
      establishment: document.establishment,
      patientId: document.patientId,
      form,
      reasons: [],
      request: 0,
      attempts: 0,
      outcomeCode: null,
      outcomeText: null,
      artefactSha256: null,
      artefactIns: null,
      identityVersion: null,
      claimedAt: null,
      at: document.receivedAt,
    } as const;
    const patient = document.recipients.find((recipient) => recipient.kind === 'patient') ?? null;
    const professionals = document.recipients.filter((recipient) => recipient.kind !== 'patient');
    const mails = professionals.length > 0 ? professionals : [null];
    return [
      asked.has('dmp')
        ? { ...base, id: uuidV7(), channel: 'dmp', audience: 'patient', recipient: null, state: 'held' }
        : { ...base, ...notRequested, id: uuidV7(), channel: 'dmp', audience: 'patient', recipient: null },
      ...(asked.has('mss-pro')
        ? mails.map((recipient) => ({
            ...base,
            id: uuidV7(),
            channel: 'mss-pro' as const,
            audience: 'professional' as const,
            recipient,
            state: 'held' as const,
          }))
        : []),
      ...(asked.has('mss-patient')
        ? [
            {
              ...base,
              id: uuidV7(),
              channel: 'mss-patient' as const,
              audience: 'patient' as const,
              recipient: patient,
              state: 'held' as const,
            },
          ]
        : []),
    ];
  }

  private async awaitPatients(tx: Tx, works: readonly Work[]): Promise<void> {
    const waiting = works.filter((work) => !work.identity).map((work) => work.document);
    await this.lineages.awaitPatients(
      tx,
      waiting.flatMap((document) =>
        documentKeys(document).map((key) => ({ ...key, documentId: document.id, owner: document.owner })),
      ),
    );
  }

  /** What other contexts learn of an accepted document before its deliveries. */
  private arrival({ document, identity }: Work): NewEvent[] {
    const details = { owner: document.owner, traceparent: document.traceparent ?? undefined };
    const recorded = newEvent(
      documentRecordedV1,
      {
        documentId: document.id,
        lineageId: document.lineageId,
        version: document.version,
        legalEntity: document.owner.slice('ej:'.length),
        establishment: document.establishment,
        source: document.source,
        typeCode: document.typeCode,
        level: document.level,
        patientId: document.patientId,
        stay: document.stay,
        effectiveAt: document.effectiveAt?.toISOString() ?? null,
        receivedAt: document.receivedAt.toISOString(),
      },
      details,
    );
    const { declared } = document;
    if (!declared.vouched || !declared.ins || identity?.status === 'qualifiee') return [recorded];
    const vouched = newEvent(
      identityVouchedV1,
      {
        lineageId: document.lineageId,
        documentId: document.id,
        domain: document.domain,
        source: document.source,
        ins: declared.ins,
        traits: declared.traits,
        identifiers: [...declared.identifiers],
        fictitious: declared.fictitious,
      },
      details,
    );
    return [recorded, vouched];
  }
}

const notRequested = {
  state: 'not-applicable',
  reasons: [{ code: 'NOT_REQUESTED', text: 'Envoi non demandé par l’application émettrice.' }],
} as const;

function patientKeys(incoming: IncomingDocument): PatientKey[] {
  return documentKeys({ domain: incoming.domain, declared: incoming.patient });
}

const documentKeys = ({ domain, declared }: Pick<DocumentRecord, 'domain' | 'declared'>): PatientKey[] => [
  ...declared.identifiers.map((identifier) => ({ domain, key: identifierKey(identifier.authority, identifier.value) })),
  ...(declared.ins ? [{ domain, key: insKey(declared.ins) }] : []),
];

/** The one patient that the keys name. Local identifiers decide; two patients behind them are nobody. */
export function onePatient(keys: readonly PatientKey[], found: ReadonlyMap<string, KnownIdentity>): KnownIdentity | null {
  const of = (prefix: string) =>
    new Map(
      keys
        .filter(({ key }) => key.startsWith(prefix))
        .flatMap(({ domain, key }) => found.get(`${domain}\u0000${key}`) ?? [])
        .map((identity) => [identity.patientId, identity]),
    );
  const local = of('id|');
  const candidates = local.size > 0 ? local : of('ins|');
  return candidates.size === 1 ? ([...candidates.values()][0] ?? null) : null;
}

function aliases(known: Awaited<ReturnType<LineageRepository['known']>>, incoming: IncomingDocument): KnownAliases {
  const { claim } = incoming;
  const set = claim.setId ? known.sets.get(claim.setId) : undefined;
  return {
    byDocumentId: known.documents.get(claim.documentId)?.lineageId,
    bySetId: set?.lineageId,
    byParentId: claim.parentId ? known.documents.get(claim.parentId)?.lineageId : undefined,
    versionsOfSet: set?.versions ?? [],
  };
}

function aliasesOf({ incoming, lineage, conflict }: Placed): { owner: string; kind: string; value: string; lineageId: string }[] {
  const alias = (kind: string, value: string | null) =>
    value ? [{ owner: lineage.owner, kind, value, lineageId: lineage.id }] : [];
  const own = alias('document', incoming.claim.documentId);
  return conflict ? own : [...own, ...alias('set', incoming.claim.setId), ...alias('parent', incoming.claim.parentId)];
}

function receivedEntries(placed: Placed, judged: Judged): TimelineEntry[] {
  const { document } = judged;
  const at = document.receivedAt;
  return [
    timelineEntry(document, at, 'received', `Reçu de ${document.source} (message ${document.controlId}), empreinte ${document.contentSha256}.`),
    ...(placed.unknownPredecessor
      ? [timelineEntry(document, at, 'predecessor-unknown', 'Version précédente jamais reçue : traité comme un document initial.')]
      : []),
    ...placed.incoming.warnings.map((warning) => timelineEntry(document, at, 'warning', `${warning.code} : ${warning.textFr}`)),
  ];
}
