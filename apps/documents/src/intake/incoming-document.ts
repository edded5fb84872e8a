import type { Intent, SteeringFlags, VersionClaim } from '@pfi/documents-core';
import type { Coded } from '@pfi/health';
import type { DeclaredPatient, DocumentFacts, EntryMetadata, MailWishes, Recipient } from '../deliveries/records.js';

/** A document after every check that needs no database, whatever door it came through. */
export interface IncomingDocument {
  readonly id: string;
  /** `ej:<FINESS>` */
  readonly owner: string;
  readonly establishment: string;
  readonly source: string;
  readonly domain: string;
  readonly controlId: string;
  readonly receivedAt: Date;
  readonly content: Buffer;
  /** The PDF that a received CDA holds, byte for byte; null when it holds none, or is a PDF itself. */
  readonly pdf: Buffer | null;
  /** Of the content, lower-case hexadecimal. */
  readonly contentSha256: string;
  readonly mediaType: string;
  readonly level: 'N1' | 'N3';
  readonly intent: Intent;
  readonly claim: VersionClaim;
  readonly type: Coded;
  readonly title: string;
  readonly effectiveAt: Date | null;
  readonly patient: DeclaredPatient;
  readonly stay: { readonly authority: string; readonly number: string } | null;
  readonly flags: SteeringFlags;
  readonly recipients: readonly Recipient[];
  readonly mail: MailWishes;
  readonly facts: Omit<DocumentFacts, 'lineageConflict'>;
  readonly metadata: EntryMetadata | null;
  readonly warnings: readonly { readonly code: string; readonly textFr: string }[];
  readonly traceparent: string | null;
}
