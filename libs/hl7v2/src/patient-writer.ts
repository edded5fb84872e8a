import { INS_OID, type Ins } from '@pfi/health';
import type { AssigningAuthority, MergedPatient, MessagePatient, PatientIdentifier, Visit } from './model.js';
import { type Written, composite, instant, repeated, segment } from './segment-writer.js';

export function identifier(id: PatientIdentifier): Written {
  return composite(id.value, '', '', authorityParts(id.authority), id.type);
}

export function pid(patient: MessagePatient): string {
  const { traits } = patient;
  const birth = composite(
    traits.birthName,
    traits.birthFirstGivenName ?? traits.birthGivenNames.split(' ')[0],
    traits.birthGivenNames,
    '',
    '',
    '',
    'L',
  );
  const used = composite(traits.usedName, traits.usedGivenName, '', '', '', '', 'D');
  return segment('PID', {
    1: '1',
    3: identifierList(patient.identifiers, patient.ins),
    5: traits.usedName === undefined && traits.usedGivenName === undefined ? birth : repeated([birth, used]),
    7: traits.birthDate?.replaceAll('-', ''),
    8: traits.sex,
    11: traits.birthPlace === undefined ? undefined : composite('', '', '', '', '', '', 'BDL', '', traits.birthPlace),
    18: patient.accountNumber === undefined ? undefined : identifier(patient.accountNumber),
    29: patient.deceasedOn && patient.deceasedOn !== 'unknown-day' ? patient.deceasedOn.replaceAll('-', '') : undefined,
    30: patient.deceasedOn === undefined ? undefined : patient.deceasedOn === null ? 'N' : 'Y',
    32: repeated(patient.pid32.map((code) => composite(code))),
  });
}

export function mrg(merged: MergedPatient): string {
  return segment('MRG', {
    1: identifierList(merged.identifiers, merged.ins),
    3: merged.accountNumber === undefined ? undefined : identifier(merged.accountNumber),
  });
}

export function pv1(visit: Visit): string {
  return segment('PV1', {
    1: '1',
    2: visit.patientClass,
    3: visit.unit,
    19:
      visit.number === undefined
        ? undefined
        : composite(visit.number, '', '', authorityParts(visit.authority ?? { name: '', oid: '' }), 'VN'),
    36: visit.dischargeDisposition,
    44: instant(visit.admittedAt),
    45: instant(visit.endedAt),
  });
}

function identifierList(identifiers: readonly PatientIdentifier[], ins: Ins | undefined): Written {
  const written = identifiers.map(identifier);
  if (ins !== undefined) {
    const name = ins.oid === INS_OID.nia ? 'ASIP-SANTE-INS-NIA' : 'ASIP-SANTE-INS-NIR';
    written.push(composite(ins.matricule, '', '', [name, ins.oid, 'ISO'], 'INS'));
  }
  return repeated(written);
}

function authorityParts(authority: AssigningAuthority): string[] {
  return authority.oid === '' ? [authority.name] : [authority.name, authority.oid, 'ISO'];
}
