import type { CdaN1Input } from '@pfi/cda';
import type {
  Audience,
  Channel,
  DeliveryState,
  DocumentState,
  Form,
  GatedDocument,
  Operation,
  Reason,
  Receipt,
  SteeringFlags,
} from '@pfi/documents-core';
import type { DeliveryClaim } from '@pfi/contracts';
import type { Ins, LocalIdentifier, PatientTraits } from '@pfi/health';
import type { Accessed } from '@pfi/platform-service';

/** The patient as the message declared it. */
export interface DeclaredPatient {
  readonly ins: Ins | null;
  readonly traits: PatientTraits;
  /** Identifiers whose authority belongs to the source's identity domain, under its canonical name. */
  readonly identifiers: readonly LocalIdentifier[];
  /** The source may vouch and said VALI with an INS (design D7). */
  readonly vouched: boolean;
  readonly fictitious: boolean;
}

/** What the gate asks of a document, as far as the document itself can tell. */
export type DocumentFacts = Omit<GatedDocument, 'completeIns' | 'vouchPending' | 'insDeclared'>;

/** A CDA N1 to render around a received PDF, all but the identity, which is known at release. */
export type N1Template = Omit<CdaN1Input, 'pdf' | 'patient'> & { readonly localIds: CdaN1Input['patient']['localIds'] };

/** What the DMP's metadata need, but for the patient and the artefact, which are known at release. */
export type EntryMetadata = Pick<DeliveryClaim, 'document' | 'submission'> & {
  /** Local identifier of the patient for sourcePatientId. */
  readonly local: DeliveryClaim['patient']['local'];
  /** Present for a received PDF. */
  readonly n1?: N1Template;
};

export interface Recipient {
  readonly kind: 'professional' | 'patient' | 'structure';
  readonly id: string | null;
  readonly name: string | null;
  readonly address: string | null;
}

/** How the source wants its mails to be. */
export interface MailWishes {
  readonly bodies: { readonly professional: string | null; readonly patient: string | null };
  readonly replyTo: string | null;
  /** False: the patient may not answer. */
  readonly replyAllowed: boolean;
}

/** Who withdrew a document, and what is to be told of it. */
export interface Withdrawal {
  readonly source: string;
  /** MSH-10, or id of the request of an operator. */
  readonly controlId: string;
  readonly ackReception: boolean;
  readonly ackLecture: boolean;
}

/** A document as stored. */
export interface DocumentRecord {
  readonly id: string;
  readonly owner: string;
  readonly establishment: string;
  readonly lineageId: string;
  readonly version: number;
  readonly documentOid: string;
  readonly setOid: string | null;
  readonly typeCode: string;
  readonly title: string;
  readonly level: 'N1' | 'N3';
  readonly source: string;
  readonly controlId: string;
  readonly messageId: string;
  readonly domain: string;
  readonly patientId: string | null;
  readonly stay: { readonly authority: string; readonly number: string } | null;
  readonly state: DocumentState;
  readonly flags: SteeringFlags;
  readonly facts: DocumentFacts;
  readonly declared: DeclaredPatient;
  readonly metadata: EntryMetadata | null;
  readonly recipients: readonly Recipient[];
  readonly mail: MailWishes;
  readonly contentSha256: string;
  readonly contentMediaType: string;
  readonly traceparent: string | null;
  readonly effectiveAt: Date | null;
  readonly receivedAt: Date;
  readonly abandonedAt: Date | null;
  readonly withdrawnAt: Date | null;
  readonly withdrawal: Withdrawal | null;
}

/** A delivery as stored. */
export interface DeliveryRecord {
  readonly id: string;
  readonly documentId: string;
  readonly owner: string;
  readonly establishment: string;
  readonly patientId: string | null;
  readonly channel: Channel;
  readonly form: Form;
  readonly audience: Audience;
  readonly recipient: Recipient | null;
  readonly operation: Operation;
  readonly state: DeliveryState;
  readonly reasons: readonly Reason[];
  /** Rises each time the delivery becomes `pending`. */
  readonly request: number;
  readonly attempts: number;
  readonly outcomeCode: string | null;
  readonly outcomeText: string | null;
  readonly artefactSha256: string | null;
  /** The PDF attached to a mail. */
  readonly pdfSha256: string | null;
  /** `<oid>|<matricule>` in the artefact; null when it carries none. */
  readonly artefactIns: string | null;
  readonly identityVersion: number | null;
  /** Of what the destination took. */
  readonly receipt: Receipt | null;
  /** First go-ahead given to a gateway: from then on bytes may have left. */
  readonly claimedAt: Date | null;
  readonly at: Date;
}

export interface TimelineEntry {
  readonly documentId: string;
  readonly owner: string;
  readonly establishment: string;
  readonly at: Date;
  readonly event: string;
  readonly text: string;
}

/** A document as the access trail names it. */
export const accessed = ({ owner, id, patientId }: DocumentRecord): Accessed => ({ owner, documentId: id, patientId });
