import { CdaFault } from '@pfi/cda';
import type { ArtefactMaking, Verdict } from '@pfi/documents-core';
import type { ContentStore } from '@pfi/platform-content';
import type { Tx } from '@pfi/platform-postgres';
import { insText, makeCda, type NamedPatient } from './artefacts.js';
import { timelineEntry, type Work } from './judgement.js';
import { mailedPdf } from './mailed-pdf.js';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from './records.js';

/** A delivery that may leave, and how its bytes are made. */
export interface ToMake {
  readonly delivery: DeliveryRecord;
  readonly verdict: Verdict;
}

/** The content of a document that is being accepted, and the PDF that it holds when it is a CDA with one. */
export interface ReceivedContent {
  readonly content: Buffer;
  readonly pdf: Buffer | null;
}

/** What was made for the deliveries of one document. */
export interface Made {
  /** With their bytes; a delivery whose document does not allow it is not there. */
  readonly deliveries: ReadonlyMap<string, DeliveryRecord>;
  readonly timeline: readonly TimelineEntry[];
}

/** Makes and stores what leaves: the CDA of every delivery, and the PDF beside it in a mail (design D2, D13). */
export class ArtefactMaker {
  constructor(private readonly contents: ContentStore) {}

  /** What several deliveries share is made once. `received` spares reading the content. */
  async make(tx: Tx, work: Work, toMake: readonly ToMake[], received?: ReceivedContent): Promise<Made> {
    const workshop = new Workshop(tx, work.document, this.contents, received);
    const deliveries = new Map<string, DeliveryRecord>();
    for (const { delivery, verdict } of toMake) {
      if (!verdict.artefact) throw new Error('a delivery was judged pending without its artefact');
      const { making, ins } = verdict.artefact;
      const traits = ins ? work.identity?.traits : undefined;
      const cda = await workshop.cda(making, { ins, traits: traits ?? work.document.declared.traits }, delivery.at);
      const pdf = cda && delivery.channel !== 'dmp' ? await workshop.pdf(cda, delivery.at) : null;
      if (!cda || pdf === undefined) continue;
      deliveries.set(delivery.id, {
        ...delivery,
        artefactSha256: cda,
        artefactIns: ins && insText(ins),
        pdfSha256: pdf,
      });
    }
    return { deliveries, timeline: workshop.timeline };
  }
}

/** The bytes made of one document; each form once. Answers sha256, or undefined for what the document does not allow. */
class Workshop {
  readonly timeline: TimelineEntry[] = [];
  readonly #made = new Map<string, Promise<string | undefined>>();
  readonly #bytes = new Map<string, Buffer>();

  constructor(
    private readonly tx: Tx,
    private readonly document: DocumentRecord,
    private readonly contents: ContentStore,
    private readonly received: ReceivedContent | undefined,
  ) {
    if (received) this.#bytes.set(document.contentSha256, received.content);
  }

  cda(making: ArtefactMaking, patient: NamedPatient, at: Date): Promise<string | undefined> {
    const { document } = this;
    if (making === 'as-received') return Promise.resolve(document.contentSha256);
    return this.once(`${making} ${patient.ins ? insText(patient.ins) : ''}`, async () => {
      const bytes = makeCda(making, document, await this.read(document.contentSha256), patient);
      const sha256 = await this.put(bytes, 'text/xml');
      const what =
        making === 'complete-ins' ? 'CDA complété par l’INS qualifiée' : 'CDA N1 produit à partir du PDF reçu';
      this.say(at, making, `${what} : original ${document.contentSha256}, produit ${sha256}.`);
      return sha256;
    });
  }

  /** A received PDF leaves unchanged; so does that of a CDA, and only a CDA without any is drawn. */
  pdf(cda: string, at: Date): Promise<string | undefined> {
    const { document } = this;
    if (document.contentMediaType === 'application/pdf') return Promise.resolve(document.contentSha256);
    return this.once(`pdf ${cda}`, async () => {
      // To complete the header of a CDA leaves its body as it is.
      const own = this.received?.pdf;
      const { bytes, drawn } = own ? { bytes: own, drawn: false } : await mailedPdf(await this.read(cda));
      const sha256 = await this.put(bytes, 'application/pdf');
      if (drawn) this.say(at, 'render-pdf', `PDF/A-1b produit à partir du CDA pour le courriel : produit ${sha256}.`);
      return sha256;
    });
  }

  private once(key: string, make: () => Promise<string>): Promise<string | undefined> {
    const known = this.#made.get(key);
    if (known) return known;
    const made = make().catch((error: unknown) => {
      if (error instanceof CdaFault) return undefined;
      throw error;
    });
    this.#made.set(key, made);
    return made;
  }

  private async read(sha256: string): Promise<Buffer> {
    const { owner } = this.document;
    return this.#bytes.get(sha256) ?? (await this.contents.read([owner], owner, sha256));
  }

  private async put(bytes: Buffer, mediaType: string): Promise<string> {
    const sha256 = await this.contents.put(this.tx, this.document.owner, bytes, mediaType);
    this.#bytes.set(sha256, bytes);
    return sha256;
  }

  private say(at: Date, event: string, text: string): void {
    this.timeline.push(timelineEntry(this.document, at, event, text));
  }
}
