import { type Adt, type AdtEvent, type UsedAdt, adtEvents, unusedAdtEvents } from './adt.js';
import type { Hl7Message } from './hl7-message.js';
import { readAuthority, readUnit } from './identifier-reader.js';
import type { DmpConsent, Hl7Warning, IdentityComplement, Movement } from './model.js';
import { readMergedPatient, readPatient } from './patient-reader.js';
import type { Segment } from './segment.js';
import { requireSupportedVersion } from './supported-versions.js';
import { toInstant } from '@pfi/health';
import { readVisit } from './visit-reader.js';

/**
 * PAM France view of an ADT. A wrong INS does not refuse the message: `patient.insProblem` says why it is ignored (design D1).
 * @throws Hl7Fault MESSAGE_TYPE_UNSUPPORTED, EVENT_UNSUPPORTED, VERSION_UNSUPPORTED, PROCESSING_ID_UNSUPPORTED, REQUIRED_FIELD,
 *   MULTIPLE_PATIENTS
 */
export function readAdt(message: Hl7Message): Adt {
  const { header } = message;
  if (header.messageType !== 'ADT') {
    throw message.fault(
      'MESSAGE_TYPE_UNSUPPORTED',
      '200',
      'Type de message non pris en charge ici : ADT attendu.',
      'MSH^1^9',
    );
  }
  if (header.event === '') throw message.missing('MSH^1^9', 'MSH-9.2 (événement) est vide');
  requireSupportedVersion(message);
  const warnings: Hl7Warning[] = [];
  const occurredAt = readOccurredAt(message);
  const event = header.event;
  if (unusedAdtEvents.has(event)) return { kind: 'unused', event, header, occurredAt, warnings };
  if (!isAdtEvent(event)) {
    throw message.fault(
      'EVENT_UNSUPPORTED',
      '201',
      'Événement ADT inconnu de PAM France : vérifiez MSH-9.2.',
      'MSH^1^9',
    );
  }
  const adt: UsedAdt = {
    kind: adtEvents[event],
    event,
    header,
    occurredAt,
    patient: readPatient(message, warnings),
    warnings,
  };
  if (adt.kind === 'merge') adt.mrg = readMergedPatient(message);
  const visit = readVisit(message);
  if (visit !== undefined) adt.visit = visit;
  const movement = readMovement(message.segment('ZBE'), warnings);
  if (movement !== undefined) adt.movement = movement;
  else if (adt.kind === 'movement' && event !== 'A08') {
    warnings.push({
      code: 'ZBE_MISSING',
      textFr: 'Segment ZBE absent ou sans action : mouvement déduit de l’événement seul.',
    });
  }
  const zfa = message.segment('ZFA');
  if (zfa !== undefined) adt.zfa = readConsent(zfa, warnings);
  const zfd = message.segment('ZFD');
  if (zfd !== undefined) adt.zfd = readComplement(zfd);
  const exit = message.segment('ZFM')?.value(2) ?? '';
  if (exit !== '') adt.zfm = { exit };
  return adt;
}

function isAdtEvent(event: string): event is AdtEvent {
  return Object.hasOwn(adtEvents, event);
}

function readOccurredAt(message: Hl7Message): Date | undefined {
  const evn = message.segment('EVN');
  return toInstant(evn?.value(6) ?? '') ?? toInstant(evn?.value(2) ?? '') ?? toInstant(message.header.at);
}

/** Some senders write ZBE-3, which PAM France forbids, and shift every field after it by one. */
function readMovement(zbe: Segment | undefined, warnings: Hl7Warning[]): Movement | undefined {
  if (zbe === undefined) return undefined;
  const shift = !isAction(zbe.value(4)) && isAction(zbe.value(5)) ? 1 : 0;
  const action = zbe.value(4 + shift);
  if (!isAction(action)) return undefined;
  if (shift === 1) {
    warnings.push({
      code: 'ZBE_SHIFTED',
      textFr: 'Segment ZBE décalé d’un champ à partir de ZBE-4 : lu en tenant compte du décalage.',
    });
  }
  const movement: Movement = { action, historic: zbe.value(5 + shift) === 'Y' };
  const id = zbe.first(1);
  // EI carries its authority in components 2 to 4, where CX has one component with parts.
  if (id.component(1) !== '') {
    movement.id = {
      value: id.component(1),
      authority: { ...readAuthority(id, 2), oid: id.component(3) || id.sub(2, 2) },
    };
  }
  const at = toInstant(zbe.value(2));
  if (at !== undefined) movement.at = at;
  const originalEvent = zbe.value(6 + shift);
  if (originalEvent !== '') movement.originalEvent = originalEvent;
  const medicalUnit = readUnit(zbe.first(7 + shift));
  if (medicalUnit !== undefined) movement.medicalUnit = medicalUnit;
  const nursingUnit = readUnit(zbe.first(8 + shift));
  if (nursingUnit !== undefined) movement.nursingUnit = nursingUnit;
  const nature = zbe.value(9 + shift);
  if (nature !== '') movement.nature = nature;
  return movement;
}

function isAction(text: string): text is Movement['action'] {
  return text === 'INSERT' || text === 'UPDATE' || text === 'CANCEL';
}

function readConsent(zfa: Segment, warnings: Hl7Warning[]): DmpConsent {
  const consent: DmpConsent = {};
  const dmpStatus = zfa.value(1);
  if (dmpStatus !== '') consent.dmpStatus = dmpStatus;
  const dmpStatusAt = toInstant(zfa.value(2));
  if (dmpStatusAt !== undefined) consent.dmpStatusAt = dmpStatusAt;
  const opposition = zfa.value(9);
  if (opposition === 'IO' || opposition === 'INO' || opposition === 'NA') consent.opposition = opposition;
  else if (opposition !== '') warnings.push(unknownConsent('ZFA-9'));
  const oppositionAt = toInstant(zfa.value(10));
  if (oppositionAt !== undefined) consent.oppositionAt = oppositionAt;
  const consultation = zfa.value(11);
  if (consultation === 'IC' || consultation === 'INC' || consultation === 'NA') consent.consultation = consultation;
  else if (consultation !== '') warnings.push(unknownConsent('ZFA-11'));
  const consultationAt = toInstant(zfa.value(12));
  if (consultationAt !== undefined) consent.consultationAt = consultationAt;
  return consent;
}

function unknownConsent(field: string): Hl7Warning {
  return { code: 'CONSENT_UNKNOWN', textFr: `${field} : valeur hors nomenclature, lue comme non renseignée.` };
}

function readComplement(zfd: Segment): IdentityComplement {
  const complement: IdentityComplement = {};
  const corrected = zfd.value(4);
  if (corrected === 'Y' || corrected === 'N') complement.birthDateCorrected = corrected === 'Y';
  const obtainedBy = zfd.value(5);
  if (obtainedBy !== '') complement.obtainedBy = obtainedBy;
  const insiCalledOn = zfd.value(6);
  if (insiCalledOn !== '') complement.insiCalledOn = insiCalledOn;
  const proof = zfd.value(7);
  if (proof !== '') complement.proof = proof;
  const proofEndsOn = zfd.value(8);
  if (proofEndsOn !== '') complement.proofEndsOn = proofEndsOn;
  return complement;
}
