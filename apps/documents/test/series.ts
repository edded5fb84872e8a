import { randomUUID } from 'node:crypto';
import { dmpClaimSchema, type DeliveryClaim } from '@pfi/contracts';
import type { DocumentFlags } from '@pfi/hl7v2';
import {
  controlId,
  freshOid,
  mdm,
  theDocument,
  type Documents,
  type DocumentView,
  type Person,
} from './test-documents.js';

/** The versions of one document, as a DPI would send them. */
export class SeriesOfDocuments {
  readonly setId = freshOid();
  readonly #ids = new Map<number, string>();
  readonly #controlIds = new Map<number, string>();

  constructor(
    private readonly documents: Documents,
    readonly person: Person,
    private readonly flags: DocumentFlags = { destDmp: true },
  ) {}

  id(version: number): string {
    const known = this.#ids.get(version) ?? freshOid();
    this.#ids.set(version, known);
    return known;
  }

  version(uniqueId: string): number | undefined {
    return [...this.#ids].find(([, id]) => id === uniqueId)?.[0];
  }

  async send(version: number, flags?: DocumentFlags): Promise<void> {
    const [ack] = await this.documents.send(this.frame(version, flags));
    if (ack?.code !== 'AA') throw new Error(`version ${version}: ${ack?.error?.code}`);
  }

  look(version: number): Promise<DocumentView> {
    return theDocument(this.documents, this.#controlIds.get(version) ?? '');
  }

  /** T02, or T10 from the second version on. */
  frame(version: number, flags: DocumentFlags = this.flags, setId = this.setId): Buffer {
    const id = controlId();
    this.#controlIds.set(version, id);
    return this.message(version > 1 ? 'replace' : 'initial', version, id, flags, setId);
  }

  /** A version that names another set. */
  async sendAs(version: number, { setId }: { readonly setId: string }): Promise<() => Promise<DocumentView>> {
    await this.documents.send(this.frame(version, this.flags, setId));
    return () => this.look(version);
  }

  /** T04 of one version. */
  withdrawal(version: number, flags: DocumentFlags = this.flags, id = controlId()): Buffer {
    return this.message('delete', version, id, flags, this.setId);
  }

  async withdraw(version: number, flags?: DocumentFlags): Promise<string> {
    const id = controlId();
    const [ack] = await this.documents.send(this.withdrawal(version, flags, id));
    if (ack?.code !== 'AA') throw new Error(`withdrawal: ${ack?.error?.code}`);
    return id;
  }

  private message(
    kind: 'initial' | 'replace' | 'delete',
    version: number,
    messageControlId: string,
    flags: DocumentFlags,
    setId: string,
  ): Buffer {
    const parentId = version > 1 ? { root: this.id(version - 1) } : undefined;
    return mdm(this.person, {
      kind,
      header: { controlId: messageControlId },
      flags: { destMssPs: false, destMssPat: false, ackReception: true, ...flags },
      ...(parentId && kind === 'replace' ? { parentId } : {}),
      document: {
        id: this.id(version),
        setId,
        version,
        ...(parentId ? { relatedDocument: { typeCode: 'RPLC', parentId } } : {}),
      },
    });
  }
}

interface Entry {
  readonly entryUuid: string;
  readonly uniqueId: string;
  status: 'Approved' | 'Deprecated' | 'Deleted';
}

/** A DMP that takes whatever documents asks for, through the same go-ahead and outcomes as the gateway. */
export class TestDmp {
  readonly #entries: Entry[] = [];
  readonly #received: { readonly operation: string; readonly uniqueId: string }[] = [];

  constructor(private readonly documents: Documents) {}

  /** Versions that a reader of the record sees. */
  visible(series: SeriesOfDocuments): number[] {
    return this.entries(series)
      .filter(({ status }) => status === 'Approved')
      .map(({ uniqueId }) => series.version(uniqueId) ?? 0);
  }

  entry(series: SeriesOfDocuments, version: number): Entry | undefined {
    return this.entries(series).find(({ uniqueId }) => uniqueId === series.id(version));
  }

  received(series: SeriesOfDocuments): string[] {
    return this.#received.flatMap(({ operation, uniqueId }) => {
      const version = series.version(uniqueId);
      return version === undefined ? [] : [`${operation} ${version}`];
    });
  }

  /** The go-ahead of the delivery to the DMP that is asked for. */
  async claim(view: DocumentView): Promise<DeliveryClaim> {
    const pending = view.deliveries.find(({ channel, state }) => channel === 'dmp' && state === 'pending');
    if (!pending) throw new Error('nothing is asked for');
    return this.documents.claim(pending.id, await this.request(pending.id));
  }

  async answer(view: DocumentView, kind: 'delivered' | 'refused' | 'parked', code: string): Promise<void> {
    const pending = view.deliveries.find(({ channel, state }) => channel === 'dmp' && state === 'pending');
    if (pending) await this.tell(view.id, pending.id, { kind, outcomeCode: code });
  }

  /** Gets the go-ahead of everything that is asked for, and has not answered yet. */
  async begin(series: SeriesOfDocuments): Promise<void> {
    for (const { delivery } of await this.askedOf(series))
      await this.documents.claim(delivery.id, await this.request(delivery.id));
  }

  /** Takes everything that is asked for, until nothing is. */
  async serve(series: SeriesOfDocuments): Promise<void> {
    for (let round = 0; round < 20; round += 1) {
      const asked = await this.askedOf(series);
      if (asked.length === 0) return;
      for (const { view, delivery } of asked) await this.take(view, delivery.id);
    }
    throw new Error('the deliveries never come to an end');
  }

  private async take(view: DocumentView, deliveryId: string): Promise<void> {
    const claim = dmpClaimSchema.parse(await this.documents.claim(deliveryId, await this.request(deliveryId)));
    const { operation, predecessor, document } = claim;
    this.#received.push({ operation, uniqueId: document.uniqueId });
    const before = this.#entries.find(({ uniqueId }) => uniqueId === predecessor?.uniqueId);
    if (operation !== 'send' && before?.entryUuid !== predecessor?.entryUuid) throw new Error('the entry is not named');
    if (operation === 'withdraw') {
      if (before) before.status = 'Deleted';
      await this.tell(view.id, deliveryId, { kind: 'delivered', outcomeCode: null });
      return;
    }
    if (before) before.status = 'Deprecated';
    const entry: Entry = { entryUuid: `urn:uuid:${randomUUID()}`, uniqueId: document.uniqueId, status: 'Approved' };
    this.#entries.push(entry);
    await this.tell(view.id, deliveryId, {
      kind: 'delivered',
      outcomeCode: null,
      receipt: { entryUuid: entry.entryUuid },
    });
  }

  private tell(
    documentId: string,
    deliveryId: string,
    said: {
      readonly kind: 'delivered' | 'refused' | 'parked';
      readonly outcomeCode: string | null;
      readonly receipt?: { readonly entryUuid: string };
    },
  ): Promise<void> {
    const at = new Date().toISOString();
    return this.documents.outcome({ ...{ deliveryId, documentId, attempts: 1, outcomeText: null, at }, ...said });
  }

  private async request(deliveryId: string): Promise<number> {
    return this.documents.database.transaction(this.documents.scopes, async (tx) => {
      const [row] = await tx.query<{ request: number }>('SELECT request FROM delivery WHERE id = $1', [deliveryId]);
      return row?.request ?? 0;
    });
  }

  private async askedOf(series: SeriesOfDocuments) {
    return (await this.viewsOf(series)).flatMap((view) =>
      view.deliveries
        .filter(({ channel, state }) => channel === 'dmp' && state === 'pending')
        .map((delivery) => ({ view, delivery })),
    );
  }

  private async viewsOf(series: SeriesOfDocuments): Promise<DocumentView[]> {
    const found = await Promise.all(
      [1, 2, 3].map((version) => this.documents.documents({ documentId: series.id(version) })),
    );
    return found.flat();
  }

  private entries(series: SeriesOfDocuments): Entry[] {
    return this.#entries.filter(({ uniqueId }) => series.version(uniqueId) !== undefined);
  }
}
