import type { UsedAdt } from './adt.js';
import type { DmpConsent, IdentityComplement, MedicalUnit, Movement } from './model.js';
import { mrg, pid, pv1 } from './patient-writer.js';
import { type HeaderSpec, type Written, composite, header, instant, message, segment } from './segment-writer.js';
import { formatDtm } from '@pfi/health';

/** What `readAdt` gives back, plus the header of a sender. */
export interface AdtSpec extends Pick<UsedAdt, 'patient' | 'visit' | 'movement' | 'mrg' | 'zfa' | 'zfd' | 'zfm'> {
  header: HeaderSpec;
  /** Any event, so that unknown ones can be written too. */
  event: string;
  occurredAt: Date;
}

/** Message structures of HL7 2.5 that are not named after their event. */
const STRUCTURES: ReadonlyMap<string, string> = new Map([
  ['A04', 'ADT_A01'],
  ['A08', 'ADT_A01'],
  ['A13', 'ADT_A01'],
  ['A07', 'ADT_A06'],
  ['A11', 'ADT_A09'],
  ['A28', 'ADT_A05'],
  ['A31', 'ADT_A05'],
  ['A40', 'ADT_A39'],
]);

/** An ADT of PAM France 2.11, as a hospital's administrative system would send it. */
export function writeAdt(spec: AdtSpec): Buffer {
  const segments = [
    header(spec.header, {
      type: ['ADT', spec.event, STRUCTURES.get(spec.event) ?? `ADT_${spec.event}`],
      version: ['2.5', 'FRA', '2.11'],
      profile: '2.11^IHE_FRANCE-2.11-PAM',
      language: 'FR',
    }),
    segment('EVN', { 2: formatDtm(spec.header.at), 6: formatDtm(spec.occurredAt) }),
    pid(spec.patient),
  ];
  if (spec.mrg !== undefined) segments.push(mrg(spec.mrg));
  segments.push(pv1(spec.visit ?? { patientClass: 'N' }));
  if (spec.movement !== undefined) segments.push(zbe(spec.movement));
  if (spec.zfa !== undefined) segments.push(zfa(spec.zfa));
  if (spec.zfd !== undefined) segments.push(zfd(spec.zfd));
  if (spec.zfm !== undefined) segments.push(segment('ZFM', { 2: spec.zfm.exit }));
  return message(segments, spec.header.charset);
}

function zbe(movement: Movement): string {
  const { id } = movement;
  return segment('ZBE', {
    1:
      id === undefined
        ? undefined
        : composite(id.value, id.authority.name, id.authority.oid, id.authority.oid && 'ISO'),
    2: instant(movement.at),
    4: movement.action,
    5: movement.historic ? 'Y' : 'N',
    6: movement.originalEvent,
    7: unit(movement.medicalUnit),
    8: unit(movement.nursingUnit),
    9: movement.nature,
  });
}

function unit(medicalUnit: MedicalUnit | undefined): Written | undefined {
  if (medicalUnit === undefined) return undefined;
  return composite(medicalUnit.label, '', '', '', '', '', 'UF', '', '', medicalUnit.code);
}

function zfa(consent: DmpConsent): string {
  return segment('ZFA', {
    1: consent.dmpStatus,
    2: instant(consent.dmpStatusAt),
    9: consent.opposition,
    10: instant(consent.oppositionAt),
    11: consent.consultation,
    12: instant(consent.consultationAt),
  });
}

function zfd(complement: IdentityComplement): string {
  const { birthDateCorrected } = complement;
  return segment('ZFD', {
    4: birthDateCorrected === undefined ? undefined : birthDateCorrected ? 'Y' : 'N',
    5: complement.obtainedBy,
    6: complement.insiCalledOn,
    7: complement.proof,
    8: complement.proofEndsOn,
  });
}
