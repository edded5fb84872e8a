/** Who can lift a reason: the first thing that a person asks of a document that waits. */
export interface Actor {
  readonly name: string;
  readonly does: string;
}

const source: Actor = { name: 'Application émettrice', does: 'corriger le document ou son message, puis le réémettre' };
const identity: Actor = { name: 'Cellule d’identitovigilance', does: 'qualifier ou corriger l’identité dans la GAM' };
const platform: Actor = { name: 'Équipe de la plateforme', does: 'corriger un réglage ou un raccordement' };
const operator: Actor = { name: 'Opérateur', does: 'rejouer, ou abandonner avec un motif' };
const nobody: Actor = { name: 'Personne', does: 'l’envoi partira de lui-même' };

const actors: Readonly<Record<string, Actor>> = {
  CHANNEL_DISABLED: platform,
  MAILBOX_MISSING: platform,
  TYPE_NOT_ACCEPTED_BY_DMP: source,
  RECIPIENT_MISSING: source,
  RECIPIENT_UNTRUSTED: source,
  DMP_CONSENT_UNKNOWN: source,
  INS_ABSENT_FROM_DOCUMENT: source,
  DOCUMENT_ID_NOT_ACCEPTED: source,
  DOCUMENT_INCOMPLETE: source,
  LINEAGE_CONFLICT: source,
  PATIENT_UNKNOWN: identity,
  INS_NOT_QUALIFIED: identity,
  INS_IN_DOCUMENT_NOT_QUALIFIED: identity,
  INS_MISMATCH: identity,
  TRAITS_MISMATCH: identity,
  IDENTITY_PENDING: nobody,
  PREVIOUS_VERSION_IN_PROGRESS: nobody,
  NEXT_VERSION_IN_PROGRESS: nobody,
  NEXT_VERSION_PARKED: operator,
  PREVIOUS_VERSION_PARKED: operator,
};

/** For a delivery in this state with this reason. */
export const whoActs = (code: string, state: 'held' | 'parked'): Actor =>
  actors[code] ?? (state === 'parked' ? operator : nobody);
