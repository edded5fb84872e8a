import type { Coded, Ins, PatientTraits } from '@pfi/health';
import type { PatientIdentifier, RelatedDocument } from '../cda.model.js';

/** A deliberate fault of the written document. */
export type CdaDefect =
  | 'doctype'
  | 'malformed-body'
  | 'no-id'
  | 'no-code'
  | 'no-patient'
  | 'no-body'
  | 'two-record-targets'
  | 'wrong-namespace'
  | 'no-set-id'
  | 'no-encounter-id'
  | 'no-zone'
  | 'deep'
  | 'utf-16';

/** Everything has a default; two documents of the same spec are equal byte for byte. */
export interface CdaTestSpec {
  /** OID of the document. */
  id?: string;
  setId?: string;
  version?: number;
  typeCode?: Coded;
  title?: string;
  effectiveTime?: string;
  /** `null`: no INS in the header. Default: a test NIR. */
  ins?: Ins | null;
  localIds?: readonly PatientIdentifier[];
  traits?: Partial<PatientTraits>;
  /** National ids, prefix digit included. */
  authorId?: string;
  structureId?: string;
  /** Visit number; root is the authority of the visit. */
  encounter?: PatientIdentifier;
  relatedDocument?: RelatedDocument;
  /** N1: the body; N3: the copy in the section FR-Document-PDF-copie (absent by default). */
  pdf?: Buffer;
  /** The result has at least this size in bytes. */
  minBytes?: number;
  defects?: readonly CdaDefect[];
}

export declare function writeCdaForTests(level: 'N1' | 'N3', spec?: CdaTestSpec): Buffer;
export declare function writeCdaN1ForTests(spec?: CdaTestSpec): Buffer;
export declare function writeCdaN3ForTests(spec?: CdaTestSpec): Buffer;
