import type { ReasonCode } from './reasons.js';

/** What a ZAM^Z01 says: the deposit is done, or why it is not (interop §1.10). */
export type DepositFeedback =
  | { readonly positive: true }
  | { readonly positive: false; readonly code: string; readonly label: string; readonly system: FeedbackSystem };

export type FeedbackSystem = 'DMPERRORCODE' | 'applicationErrorCondition';

/** Codes of `applicationErrorCondition` (interop §1.10) for what the platform itself decides. */
const applicationCodes: Partial<Record<ReasonCode, { code: string; label: string }>> = {
  INS_ABSENT_FROM_DOCUMENT: { code: '903', label: 'INS absente : document à réémettre avec l’INS' },
  INS_MISMATCH: { code: '904', label: 'INS différente de celle du patient' },
  DMP_OPPOSITION: { code: '906', label: 'Opposition du patient à l’alimentation de son DMP' },
  TYPE_NOT_ACCEPTED_BY_DMP: { code: '906', label: 'Type de document non accepté par le DMP' },
  DOCUMENT_ID_NOT_ACCEPTED: { code: '906', label: 'Identifiant du document non accepté par le DMP' },
  DOCUMENT_INCOMPLETE: { code: '906', label: 'En-tête du document incomplet' },
};

/** Feedback for a decision of the platform; undefined when the sender is told nothing yet (held, another reason). */
export function feedbackOfReason(code: ReasonCode): DepositFeedback | undefined {
  const found = applicationCodes[code];
  return found && { positive: false, ...found, system: 'applicationErrorCondition' };
}

/** Feedback for the DMP's own negative answer: its code as received. */
export const feedbackOfDmp = (code: string, label: string): DepositFeedback => ({
  positive: false,
  code,
  label,
  system: 'DMPERRORCODE',
});
