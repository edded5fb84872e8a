import type { ReasonCode } from './reasons.js';

/** What a ZAM^Z01, Z02 or Z03 says: it is done, or why it is not (interop §1.10). */
export type SenderFeedback =
  | { readonly positive: true }
  | { readonly positive: false; readonly code: string; readonly label: string; readonly system: FeedbackSystem };

export type FeedbackSystem = 'DMPERRORCODE' | 'SMTPERRORCODE' | 'applicationErrorCondition';

/** Codes of `applicationErrorCondition` (interop §1.10) for what the platform itself decides. */
const applicationCodes: Partial<Record<ReasonCode, { code: string; label: string }>> = {
  INS_ABSENT_FROM_DOCUMENT: { code: '903', label: 'INS absente : document à réémettre avec l’INS' },
  INS_MISMATCH: { code: '904', label: 'INS différente de celle du patient' },
  DMP_OPPOSITION: { code: '906', label: 'Opposition du patient à l’alimentation de son DMP' },
  TYPE_NOT_ACCEPTED_BY_DMP: { code: '906', label: 'Type de document non accepté par le DMP' },
  DOCUMENT_ID_NOT_ACCEPTED: { code: '906', label: 'Identifiant du document non accepté par le DMP' },
  HIDDEN_FROM_PATIENT: { code: '906', label: 'Document non visible par le patient' },
  HIDDEN_FROM_REPRESENTATIVES: { code: '906', label: 'Document non visible par les représentants légaux du mineur' },
  HIDDEN_FROM_PROFESSIONALS: { code: '906', label: 'Document masqué aux professionnels' },
  TYPE_NOT_FOR_PATIENT: { code: '906', label: 'Type de document non destiné au patient' },
  TYPE_NOT_FOR_PROFESSIONALS: { code: '906', label: 'Type de document non destiné aux professionnels' },
  PATIENT_FICTITIOUS: { code: '906', label: 'Patient fictif' },
  DOCUMENT_INCOMPLETE: { code: '906', label: 'En-tête du document incomplet' },
};

/** Feedback for a decision of the platform; undefined when the sender is told nothing yet (held, another reason). */
export function feedbackOfReason(code: ReasonCode): SenderFeedback | undefined {
  const found = applicationCodes[code];
  return found && { positive: false, ...found, system: 'applicationErrorCondition' };
}

/** Feedback for the DMP's own negative answer: its code as received. */
export const feedbackOfDmp = (code: string, label: string): SenderFeedback => ({
  positive: false,
  code,
  label,
  system: 'DMPERRORCODE',
});

/** Codes that the guide lists for `SMTPERRORCODE`. */
const smtpCodes: ReadonlySet<string> = new Set(
  (
    '101 111 251 252 420 421 422 431 432 441 442 450 451 452 ' +
    '500 501 502 503 504 510 512 513 523 530 541 550 551 552 553 554'
  ).split(' '),
);

/** Feedback for a mail that was refused or came back: the operator's code when the guide knows it, else "other" and the words. */
export const feedbackOfMail = (code: string, label: string): SenderFeedback =>
  smtpCodes.has(code)
    ? { positive: false, code, label, system: 'SMTPERRORCODE' }
    : { positive: false, code: '906', label: `${code} ${label}`.trim(), system: 'applicationErrorCondition' };
