import type { IdentityStatus, Ins, PatientTraits } from '@pfi/health';
import { sameStrictTraits } from '@pfi/health';
import type { ArtefactMaking, Verdict } from './delivery.js';
import { reason, type ReasonCode } from './reasons.js';

/** What is known of a patient at the time of a decision (read model of the identity context). */
export interface KnownIdentity {
  readonly patientId: string;
  readonly version: number;
  readonly status: IdentityStatus;
  readonly ins: Ins | null;
  readonly traits: PatientTraits;
  readonly dmpOpposition: 'opposed' | 'none' | 'not-collected' | 'unknown';
  /** A test patient (PID-32 `FICT`). */
  readonly fictitious: boolean;
}

/** What every gate needs to know of a document. */
export interface GatedDocument {
  /** `cda` as received, or a `pdf` that becomes a CDA N1 at release. */
  readonly content: 'cda' | 'pdf';
  /** INS of the CDA's recordTarget; null when it carries none. */
  readonly insInDocument: Ins | null;
  /** INS that the message or the metadata around the document said; null when they said none. */
  readonly insDeclared: Ins | null;
  readonly traitsInDocument: PatientTraits;
  readonly typeAcceptedByDmp: boolean;
  /** The CDA id is an OID without extension. */
  readonly idIsOid: boolean;
  /** The header holds all that the DMP's metadata, or those of the archive of a mail, require. */
  readonly complete: boolean;
  readonly lineageConflict: boolean;
  /** The message vouched for the identity and the identity context has not answered yet (design D7). */
  readonly vouchPending: boolean;
  readonly completeIns: 'refuse' | 'derive';
}

export const verdict = (state: Verdict['state'], code: ReasonCode, detail?: string): Verdict => ({
  state,
  reasons: [reason(code, detail)],
});

export const pending = (artefact: ArtefactMaking, ins: Ins | null): Verdict => ({
  state: 'pending',
  reasons: [],
  artefact: { making: artefact, ins },
});

/** A qualified INS, or why there is none yet. */
export function qualifiedIns(
  document: GatedDocument,
  identity: KnownIdentity | null,
): { readonly ins: Ins; readonly traits: PatientTraits } | ReasonCode {
  if (!identity) return document.vouchPending ? 'IDENTITY_PENDING' : 'PATIENT_UNKNOWN';
  if (identity.status !== 'qualifiee' || !identity.ins) return 'INS_NOT_QUALIFIED';
  return { ins: identity.ins, traits: identity.traits };
}

/** How a document leaves with this qualified INS, or why it cannot (design D2). */
export function artefactVerdict(document: GatedDocument, ins: Ins, traits: PatientTraits): Verdict {
  const said = [document.insInDocument, document.insDeclared].filter((one) => one !== null);
  if (said.some((one) => !sameIns(one, ins))) return verdict('parked', 'INS_MISMATCH');
  if (document.insInDocument) return pending('as-received', ins);
  if (document.content === 'cda' && document.completeIns === 'refuse')
    return verdict('refused', 'INS_ABSENT_FROM_DOCUMENT');
  // The INS joins this document to this person only if both say the same person: names, birth date, sex.
  const differing = sameStrictTraits(document.traitsInDocument, traits).filter((trait) => identifying.has(trait));
  if (differing.length > 0)
    return verdict('parked', 'TRAITS_MISMATCH', differing.map((t) => traitLabels[t] ?? t).join(', '));
  return pending(document.content === 'pdf' ? 'render-n1' : 'complete-ins', ins);
}

const sameIns = (a: Ins, b: Ins): boolean => a.matricule === b.matricule && a.oid === b.oid;

const traitLabels: Readonly<Record<string, string>> = {
  birthName: 'nom de naissance',
  birthDate: 'date de naissance',
  sex: 'sexe',
};
const identifying: ReadonlySet<string> = new Set(Object.keys(traitLabels));
