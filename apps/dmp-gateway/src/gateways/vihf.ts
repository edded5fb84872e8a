import { randomUUID } from 'node:crypto';
import type { Ght } from '@pfi/platform-settings';
import { buildVihf, nationalPersonId, nationalStructureId, type VihfSigner, type XdsCode } from '@pfi/xds';
import type { SentDocument } from '../persistence/submission.repository.js';

const PROFESSIONS = '1.2.250.1.71.1.2.7';
const SPECIALITIES = '1.2.250.1.71.4.2.5';
const TRE_A00 = '1.2.250.1.213.1.1.4.6';
/** Recalled value: only its presence is sourced (interop §5.4); to be confirmed with the DMP guide before homologation. */
const SECRET_CONNECTION: XdsCode = {
  code: 'N',
  system: '2.16.840.1.113883.5.25',
  label: 'Normal',
};

/**
 * The signed VIHF of one request (interop §5.4, §1.13): who acts for which structure, on which patient. New for each attempt.
 */
export function vihfOf(
  ght: Ght,
  legalEntity: string,
  signer: VihfSigner,
  sent: Pick<SentDocument, 'author' | 'matricule' | 'insOid'>,
  secretConnection: boolean,
): string {
  const { dmp } = ght.file;
  const { person, device, organisation } = sent.author;
  const structureId = nationalStructureId(organisation);
  const { name, version, id, homologation } = dmp.software;
  return buildVihf(
    {
      assertionId: `_${randomUUID()}`,
      issuedAt: new Date(),
      version: dmp.vihfVersion,
      nameId: person ? nationalPersonId(person) : `${structureId}/${device ?? 'AUTOMATE'}`,
      subjectName: person ? `${person.given} ${person.family}` : (device ?? 'AUTOMATE'),
      roles: person ? rolesOf(sent.author.speciality) : [{ code: 'AUTOMATE', system: TRE_A00, label: 'Automate' }],
      structureId,
      activitySector: ght.legalEntity(legalEntity)?.activitySector ?? 'SA01',
      patientId: { value: sent.matricule, oid: sent.insOid },
      software: { name, version, ...(id ? { id } : {}), ...(homologation ? { approvalId: homologation } : {}) },
      ...(secretConnection ? { confidentiality: SECRET_CONNECTION } : {}),
    },
    signer,
  );
}

/** `G15_10/SM26` is a profession (TRE_G15) and a speciality (TRE_R01): two roles (JDV_J65). A doctor when nothing is said. */
function rolesOf(speciality: XdsCode | null): XdsCode[] {
  const match = /^G15_(\d+)(?:\/(\w+))?$/.exec(speciality?.code ?? '');
  if (!match) return [{ code: '10', system: PROFESSIONS, label: 'Médecin' }];
  const label = speciality?.label ?? '';
  const profession = { code: match[1] ?? '10', system: PROFESSIONS, label: label.split(' - ')[0] ?? label };
  return match[2]
    ? [profession, { code: match[2], system: SPECIALITIES, label: label.split(' - ')[1] ?? label }]
    : [profession];
}
