import type { Verdict } from './delivery.js';
import { artefactVerdict, qualifiedIns, verdict, type GatedDocument, type KnownIdentity } from './gated-document.js';

export interface DmpGateSettings {
  readonly channelEnabled: boolean;
  readonly depositWhenConsentUnknown: boolean;
}

/**
 * May this DMP delivery leave, and made how? (design D2, D3.) Pure: asked again at each change of the identity, and a last
 * time when the gateway claims.
 */
export function judgeDmpDelivery(
  document: GatedDocument,
  identity: KnownIdentity | null,
  settings: DmpGateSettings,
): Verdict {
  if (!document.typeAcceptedByDmp) return verdict('not-applicable', 'TYPE_NOT_ACCEPTED_BY_DMP');
  if (identity?.dmpOpposition === 'opposed') return verdict('not-applicable', 'DMP_OPPOSITION');
  if (document.lineageConflict) return verdict('parked', 'LINEAGE_CONFLICT');
  if (!document.idIsOid) return verdict('refused', 'DOCUMENT_ID_NOT_ACCEPTED');
  if (!document.complete) return verdict('refused', 'DOCUMENT_INCOMPLETE');
  if (!settings.channelEnabled) return verdict('held', 'CHANNEL_DISABLED');
  const known = qualifiedIns(document, identity);
  if (typeof known === 'string') return verdict('held', known);
  if (identity?.dmpOpposition !== 'none' && !settings.depositWhenConsentUnknown)
    return verdict('held', 'DMP_CONSENT_UNKNOWN');
  return artefactVerdict(document, known.ins, known.traits);
}
