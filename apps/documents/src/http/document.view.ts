import type { Neighbours } from '../persistence/document.repository.js';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from '../deliveries/records.js';

/** A document as the API shows it (design §7): shapes are extended, never renamed. */
export const documentView = (
  document: DocumentRecord,
  deliveries: readonly DeliveryRecord[],
  timeline: readonly TimelineEntry[],
  neighbours: Neighbours | undefined,
) => ({
  id: document.id,
  lineageId: document.lineageId,
  documentId: document.documentOid,
  setId: document.setOid,
  version: document.version,
  replaces: neighbours?.replaces ?? null,
  replacedBy: neighbours?.replacedBy ?? null,
  typeCode: document.typeCode,
  title: document.title,
  level: document.level,
  source: document.source,
  controlId: document.controlId,
  patientId: document.patientId,
  stay: document.stay,
  legalEntity: document.owner.slice('ej:'.length),
  establishment: document.establishment,
  contentSha256: document.contentSha256,
  effectiveAt: document.effectiveAt?.toISOString() ?? null,
  receivedAt: document.receivedAt.toISOString(),
  state: document.state,
  reasons: deliveries.filter((delivery) => delivery.state !== 'not-applicable').flatMap(reasonsOf),
  deliveries: deliveries.map((delivery) => ({
    id: delivery.id,
    channel: delivery.channel,
    form: delivery.form,
    audience: delivery.audience,
    operation: delivery.operation,
    state: delivery.state,
    reasons: reasonsOf(delivery),
    recipient: delivery.recipient,
    attempts: delivery.attempts,
    outcomeCode: delivery.outcomeCode,
    artefactSha256: delivery.artefactSha256,
    at: delivery.at.toISOString(),
  })),
  timeline: timeline.map((entry) => ({ at: entry.at.toISOString(), event: entry.event, text: entry.text })),
});

/** Our reasons, else the words of the other side. */
function reasonsOf(delivery: DeliveryRecord): readonly { code: string; text: string }[] {
  if (delivery.reasons.length > 0 || delivery.outcomeCode === null) return delivery.reasons;
  return [{ code: delivery.outcomeCode, text: delivery.outcomeText ?? '' }];
}
