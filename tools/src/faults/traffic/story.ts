import type { Fault, RestDeposit } from '../../demo/player/index.js';

/** One numbered message of a hospital application. */
export type Message =
  | { readonly door: 'identity' | 'documents'; readonly controlId: string; readonly bytes: Buffer }
  | { readonly door: 'rest'; readonly controlId: string; readonly deposit: RestDeposit };

/** A document that was told to the platform, and what must be left of it in the end. */
export interface ExpectedDocument {
  /** Of its first message. */
  readonly controlId: string;
  /** CDA id; null for a deposit by REST, whose answer tells it. */
  readonly documentId: string | null;
  /** `visible`: one entry in the DMP, under this patient. `gone`: none that a reader sees. `parked`: a person must act. */
  readonly end: 'visible' | 'gone' | 'parked';
  readonly matricule: string;
  /** Versions of one document: their order in the DMP must be that of the versions. */
  readonly lineage: string;
  readonly version: number;
}

/** One mailbox: mails with different Message-ID that came, least and most. */
export interface ExpectedMail {
  readonly recipient: string;
  readonly least: number;
  readonly most: number;
}

/** What one patient's applications send, in this order, and what must come of it. */
export interface Story {
  readonly kind: string;
  readonly messages: readonly Message[];
  readonly documents: readonly ExpectedDocument[];
  readonly mails: readonly ExpectedMail[];
  /** Of the stand-ins, for these documents or mailboxes alone; set before the first message. */
  readonly faults?: readonly Fault[];
}
