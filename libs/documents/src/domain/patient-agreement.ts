import { normaliseName, type Ins, type PatientTraits } from '@pfi/health';

/** A patient as one of the two sides (PID segment, CDA recordTarget) says. */
export interface PatientSide {
  readonly ins: Ins | null;
  readonly traits: PatientTraits;
  readonly localIds: readonly string[];
}

export interface Agreement {
  /** French names of what differs and forbids the document. Empty = the same person. */
  readonly mismatches: readonly string[];
  /** French names of what differs without consequence. */
  readonly warnings: readonly string[];
}

/**
 * Do message and document speak of the same person? (Design D12.) INS, birth name, birth date and sex must agree where both
 * sides state them; local identifiers and birth place are only warned about.
 */
export function patientAgreement(pid: PatientSide, cda: PatientSide): Agreement {
  const mismatches: string[] = [];
  const warnings: string[] = [];
  const differ = (a: string | undefined, b: string | undefined) => !!a && !!b && a !== b;

  if (pid.ins && cda.ins && (pid.ins.matricule !== cda.ins.matricule || pid.ins.oid !== cda.ins.oid))
    mismatches.push('INS');
  if (differ(normaliseName(pid.traits.birthName), normaliseName(cda.traits.birthName)))
    mismatches.push('nom de naissance');
  if (differ(pid.traits.birthDate, cda.traits.birthDate)) mismatches.push('date de naissance');
  if (pid.traits.sex !== 'U' && cda.traits.sex !== 'U' && pid.traits.sex !== cda.traits.sex) mismatches.push('sexe');

  if (differ(pid.traits.birthPlace, cda.traits.birthPlace)) warnings.push('lieu de naissance');
  if (pid.localIds.length > 0 && cda.localIds.length > 0 && !pid.localIds.some((id) => cda.localIds.includes(id)))
    warnings.push('identifiant local');
  return { mismatches, warnings };
}
