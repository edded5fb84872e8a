import type { Hl7Message } from './hl7-message.js';
import { readIdentifier } from './identifier-reader.js';
import type { Visit } from './model.js';
import { toInstant } from '@pfi/health';

/** PV1; undefined when the message has none. */
export function readVisit(message: Hl7Message): Visit | undefined {
  const pv1 = message.segment('PV1');
  if (pv1 === undefined) return undefined;
  const visit: Visit = { patientClass: pv1.value(2) };
  const number = readIdentifier(pv1.first(19));
  if (number !== undefined) {
    visit.number = number.value;
    visit.authority = number.authority;
  }
  const unit = pv1.value(3);
  if (unit !== '') visit.unit = unit;
  const disposition = pv1.value(36);
  if (disposition !== '') visit.dischargeDisposition = disposition;
  const admittedAt = toInstant(pv1.value(44));
  if (admittedAt !== undefined) visit.admittedAt = admittedAt;
  const endedAt = toInstant(pv1.value(45));
  if (endedAt !== undefined) visit.endedAt = endedAt;
  return visit;
}
