import { isInsOid } from '@pfi/health';
import type { Ins, PatientTraits } from '@pfi/health';
import { CdaFault } from './cda.fault.js';
import { outlineCda } from './cda.outline.js';
import { readCda } from './cda.reader.js';
import {
  birthplaceXml,
  birthTimeXml,
  cogXml,
  genderXml,
  nameParts,
  patientIdXml,
  personXml,
} from './patient.markup.js';
import type { ElementSpan } from './xml.outline.js';
import type { Keep } from './xml.scanner.js';

export interface QualifiedIdentity {
  readonly ins: Ins;
  readonly traits: PatientTraits;
}

/** Replaces `[start, end)` by a text. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const patientAndTop: Keep = (_local, depth, parent) => depth <= 3 || isUnderPatient(parent);

function isUnderPatient(element: ElementSpan): boolean {
  let top = element;
  while (top.depth > 2 && top.parent !== null) top = top.parent;
  return top.local === 'recordTarget';
}

/**
 * Puts the INS as first id of the patient and adds the birth traits that are missing. Traits that are present stay as they are, and so does
 * every byte that is not part of an addition (or of an empty element that it fills): everything outside `patientRole` is untouched.
 * @throws CdaFault INS_MISMATCH when the document carries another INS; those of `readCda`
 */
export function completeIns(bytes: Buffer, identity: QualifiedIdentity): Buffer {
  const before = readCda(bytes).header.patient;
  const { ins, traits } = identity;
  if (before.ins !== undefined && (before.ins.matricule !== ins.matricule || before.ins.oid !== ins.oid)) {
    throw new CdaFault(
      'INS_MISMATCH',
      'Le document porte un autre INS que celui du patient : il ne doit pas être envoyé.',
    );
  }
  const role = outlineCda(bytes, undefined, patientAndTop).root.first('recordTarget')?.first('patientRole');
  const patient = role?.first('patient');
  if (role === undefined || patient === undefined) throw unreadable();
  const edits = [...insEdits(role, ins), ...patientEdits(patient, traits)];
  const completed = apply(bytes, edits);
  const after = readCda(completed).header.patient;
  if (after.ins?.matricule !== ins.matricule || after.ins.oid !== ins.oid) throw unreadable();
  return completed;
}

function unreadable(): CdaFault {
  return new CdaFault('CDA_INVALID', 'L’identité du patient n’a pas pu être complétée dans l’en-tête du document.');
}

function insEdits(role: ElementSpan, ins: Ins): Edit[] {
  const ids = role.all('id');
  if (ids.some((id) => isInsOid(id.attribute('root')?.trim() ?? ''))) return [];
  const at = ids[0]?.start ?? role.contentStart;
  return [{ start: at, end: at, text: patientIdXml(role.prefix, { root: ins.oid, extension: ins.matricule }) }];
}

function patientEdits(patient: ElementSpan, traits: PatientTraits): Edit[] {
  const { prefix } = patient;
  if (patient.selfClosed) {
    const content = personXml(prefix, traits);
    return [{ start: patient.start, end: patient.end, text: `<${prefix}patient>${content}</${prefix}patient>` }];
  }
  const edits: Edit[] = [];
  const name = nameEdit(patient, traits, edits);
  const gender = valueEdit(patient, 'administrativeGenderCode', 'code', genderXml(prefix, traits.sex), name, edits);
  if (traits.birthDate !== undefined) {
    valueEdit(patient, 'birthTime', 'value', birthTimeXml(prefix, traits.birthDate), gender, edits);
  }
  if (traits.birthPlace !== undefined) birthplaceEdit(patient, traits.birthPlace, edits);
  return edits;
}

/** Returns the place where what follows the name may be inserted. */
function nameEdit(patient: ElementSpan, traits: PatientTraits, edits: Edit[]): number {
  const { prefix } = patient;
  const names = patient.all('name');
  const target = names.find((name) => name.all('family').some(hasQualifier('BR'))) ?? names[0];
  const whole = `<${prefix}name>${nameParts(prefix, traits).join('')}</${prefix}name>`;
  if (target === undefined) {
    const at = patient.all('id').at(-1)?.end ?? patient.contentStart;
    edits.push({ start: at, end: at, text: whole });
    return at;
  }
  const end = (names.at(-1) as ElementSpan).end;
  if (target.children.length === 0 && target.isBlank()) {
    edits.push({ start: target.start, end: target.end, text: whole });
    return end;
  }
  const [family, given, firstGiven] = nameParts(target.prefix, traits);
  const everyName = (local: string): ElementSpan[] => names.flatMap((name) => name.all(local));
  const missing = [
    everyName('family').some(hasQualifier('BR')) ? '' : family,
    everyName('given').some(hasQualifier(undefined)) ? '' : given,
    everyName('given').some(hasQualifier('BR')) ? '' : firstGiven,
  ].join('');
  if (missing !== '') edits.push({ start: target.contentStart, end: target.contentStart, text: missing });
  return end;
}

const hasQualifier =
  (qualifier: string | undefined) =>
  (part: ElementSpan): boolean =>
    part.attribute('qualifier') === qualifier && !part.isBlank();

/** Replaces an element that has no value, or inserts it at `at`. Returns where its next sibling may be inserted. */
function valueEdit(
  patient: ElementSpan,
  local: string,
  attribute: string,
  xml: string,
  at: number,
  edits: Edit[],
): number {
  const present = patient.first(local);
  if (present === undefined) {
    edits.push({ start: at, end: at, text: xml });
    return at;
  }
  if (!present.attribute(attribute)?.trim()) edits.push({ start: present.start, end: present.end, text: xml });
  return present.end;
}

function birthplaceEdit(patient: ElementSpan, cog: string, edits: Edit[]): void {
  const { prefix } = patient;
  const birthplace = patient.first('birthplace');
  const place = birthplace?.first('place');
  const address = place?.first('addr');
  const county = address?.first('county');
  if (county !== undefined && !county.isBlank()) return;
  if (county !== undefined) edits.push({ start: county.start, end: county.end, text: cogXml(prefix, cog) });
  else if (address !== undefined && !address.selfClosed && address.attribute('nullFlavor') === undefined) {
    edits.push({ start: address.contentStart, end: address.contentStart, text: cogXml(prefix, cog) });
  } else if (address !== undefined) {
    edits.push({
      start: address.start,
      end: address.end,
      text: `<${prefix}addr>${cogXml(prefix, cog)}</${prefix}addr>`,
    });
  } else if (place !== undefined && !place.selfClosed) {
    const text = `<${prefix}addr>${cogXml(prefix, cog)}</${prefix}addr>`;
    edits.push({ start: place.contentEnd, end: place.contentEnd, text });
  } else if (birthplace !== undefined) {
    edits.push({ start: birthplace.start, end: birthplace.end, text: birthplaceXml(prefix, cog) });
  } else {
    const at = patient.first('languageCommunication')?.start ?? patient.contentEnd;
    edits.push({ start: at, end: at, text: birthplaceXml(prefix, cog) });
  }
}

/** Edits of the same place keep the order in which they were asked for. */
function apply(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(from, start), Buffer.from(text));
    from = end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}
