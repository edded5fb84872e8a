import type { IdentityStatus, Ins, PatientTraits } from '@pfi/health';
import { sameStrictTraits } from '@pfi/health';
import type { ArtefactMaking, Channel, Verdict } from './delivery.js';
import { reason, type ReasonCode } from './reasons.js';

/** What is known of a patient at the time of a decision (read model of the identity context). */
export interface KnownIdentity {
  readonly patientId: string;
  readonly version: number;
  readonly status: IdentityStatus;
  readonly ins: Ins | null;
  readonly traits: PatientTraits;
  readonly dmpOpposition: 'opposed' | 'none' | 'not-collected' | 'unknown';
}

/** What the gate needs to know of a document. */
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
  /** The header holds all that the DMP's metadata require. */
  readonly complete: boolean;
  readonly lineageConflict: boolean;
  /** The message vouched for the identity and the identity context has not answered yet (design D7). */
  readonly vouchPending: boolean;
  readonly completeIns: 'refuse' | 'derive';
}

export interface GateSettings {
  readonly channelEnabled: boolean;
  readonly depositWhenConsentUnknown: boolean;
}

const verdict = (state: Verdict['state'], code: ReasonCode, detail?: string): Verdict => ({
  state,
  reasons: [reason(code, detail)],
});

const sameIns = (a: Ins, b: Ins): boolean => a.matricule === b.matricule && a.oid === b.oid;

/**
 * May this DMP delivery leave, and made how? (design D2, D3.) Pure: asked again at each change of the identity, and a last
 * time when the gateway claims.
 */
export function judgeDmpDelivery(
  document: GatedDocument,
  identity: KnownIdentity | null,
  settings: GateSettings,
): Verdict {
  if (!document.typeAcceptedByDmp) return verdict('not-applicable', 'TYPE_NOT_ACCEPTED_BY_DMP');
  if (identity?.dmpOpposition === 'opposed') return verdict('not-applicable', 'DMP_OPPOSITION');
  if (document.lineageConflict) return verdict('parked', 'LINEAGE_CONFLICT');
  if (!document.idIsOid) return verdict('refused', 'DOCUMENT_ID_NOT_ACCEPTED');
  if (!document.complete) return verdict('refused', 'DOCUMENT_INCOMPLETE');
  if (!settings.channelEnabled) return verdict('held', 'CHANNEL_DISABLED');
  if (!identity) return verdict('held', document.vouchPending ? 'IDENTITY_PENDING' : 'PATIENT_UNKNOWN');
  if (identity.status !== 'qualifiee' || !identity.ins) return verdict('held', 'INS_NOT_QUALIFIED');
  if (identity.dmpOpposition !== 'none' && !settings.depositWhenConsentUnknown)
    return verdict('held', 'DMP_CONSENT_UNKNOWN');
  return artefactVerdict(document, identity.ins, identity.traits);
}

function artefactVerdict(document: GatedDocument, ins: Ins, traits: PatientTraits): Verdict {
  const pending = (artefact: ArtefactMaking): Verdict => ({ state: 'pending', reasons: [], artefact });
  const said = [document.insInDocument, document.insDeclared].filter((one) => one !== null);
  if (said.some((one) => !sameIns(one, ins))) return verdict('parked', 'INS_MISMATCH');
  if (document.insInDocument) return pending('as-received');
  if (document.content === 'cda' && document.completeIns === 'refuse')
    return verdict('refused', 'INS_ABSENT_FROM_DOCUMENT');
  // The INS joins this document to this person only if both say the same person: names, birth date, sex.
  const differing = sameStrictTraits(document.traitsInDocument, traits).filter((trait) => identifying.has(trait));
  if (differing.length > 0)
    return verdict('parked', 'TRAITS_MISMATCH', differing.map((t) => traitLabels[t] ?? t).join(', '));
  return pending(document.content === 'pdf' ? 'render-n1' : 'complete-ins');
}

const traitLabels: Readonly<Record<string, string>> = {
  birthName: 'nom de naissance',
  birthDate: 'date de naissance',
  sex: 'sexe',
};
const identifying: ReadonlySet<string> = new Set(Object.keys(traitLabels));

/** Deliveries by mail: whether they apply at all. The gateway's own rules come with that gateway. */
export function judgeMailDelivery(
  channel: Exclude<Channel, 'dmp'>,
  document: { readonly invisiblePatient: boolean; readonly recipients: number },
  settings: { readonly channelEnabled: boolean },
): Verdict {
  if (channel === 'mss-patient' && document.invisiblePatient) return verdict('not-applicable', 'HIDDEN_FROM_PATIENT');
  if (channel === 'mss-pro' && document.recipients === 0) return verdict('held', 'RECIPIENT_MISSING');
  return verdict('held', settings.channelEnabled ? 'INS_NOT_QUALIFIED' : 'CHANNEL_DISABLED');
}
