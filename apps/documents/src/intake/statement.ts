import type { Intent, SteeringFlags } from '@pfi/documents-core';
import type { Ins, PatientTraits } from '@pfi/health';
import type { PatientIdentifier, Sender } from '@pfi/hl7v2';
import type { Source } from '@pfi/platform-settings';
import type { MailWishes, Recipient } from '../deliveries/records.js';

/** Where a door wrote what may be refused: ERR-2 of HL7 v2, or a pointer into the metadata of a deposit. */
export interface Places {
  readonly ins: string;
  readonly identifiers: string;
  readonly flags: string;
  readonly parent: string;
  readonly content: string;
  /** Of the recipient of this number, from 0. */
  readonly recipient: (index: number) => string;
  readonly replyTo: string;
}

/** The patient as the sender said it, whatever the door. */
export interface SaidPatient {
  readonly ins: Ins | null;
  readonly identifiers: readonly PatientIdentifier[];
  readonly traits: PatientTraits;
  /** The sender holds the identity for validated (PID-32 `VALI`). */
  readonly validated: boolean;
  readonly fictitious: boolean;
}

export interface SaidStay {
  readonly number: string;
  /** As the sender wrote it; absent = the source's own domain. */
  readonly authority?: { readonly name?: string; readonly oid?: string } | undefined;
}

/** What a sender says around a document, in the words of no door. */
export interface Statement {
  readonly id: string;
  readonly source: Source;
  /** MSH-10 or Idempotency-Key. */
  readonly controlId: string;
  readonly receivedAt: Date;
  readonly traceparent: string | null;
  readonly content: Buffer;
  readonly intent: Intent;
  /** The version that is replaced, as said outside the document (TXA-13, relatesTo); null when it is not said there. */
  readonly parent: string | null;
  readonly patient: SaidPatient;
  readonly stay: SaidStay | null;
  /** Unit (UF) where the stay takes place, and the day that tells its establishment. */
  readonly unit: string | undefined;
  readonly admittedAt: Date | undefined;
  /** PV1-2 */
  readonly patientClass: string | undefined;
  readonly flags: SteeringFlags;
  readonly recipients: readonly Recipient[];
  readonly mail: MailWishes;
  readonly sender: Sender | undefined;
  readonly warnings: readonly { readonly code: string; readonly textFr: string }[];
  readonly places: Places;
}
