import { randomUUID } from 'node:crypto';
import { formatDtm, uuidToOid } from '@pfi/health';
import { newControlId } from '../../demo/player/index.js';
import type { CanaryPatient } from '../canary/canaries.js';
import type { Values } from './template.js';

/** In two halves, so that no scanner stops at this source. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join('');

/** What the templates may name, new for each playing: nobody's patient, numbers that were never used. */
export function caseValues(patient: CanaryPatient): Values {
  const { ipp, visit, ins, traits, address, phone, note } = patient;
  const nir = ins.matricule.slice(0, 13);
  const key = ins.matricule.slice(13);
  return {
    ...{ ipp, visit, address, phone, note },
    'control-id': newControlId(),
    'document-id': uuidToOid(randomUUID()),
    uuid: randomUUID(),
    now: formatDtm(new Date()),
    'now-iso': new Date().toISOString(),
    name: traits.birthName,
    given: traits.birthFirstGivenName ?? '',
    'birth-date': traits.birthDate?.replaceAll('-', '') ?? '',
    'birth-date-iso': traits.birthDate ?? '',
    sex: traits.sex,
    matricule: ins.matricule,
    'matricule.wrong-key': `${nir}${key === '01' ? '02' : '01'}`,
    eicar: EICAR,
  };
}
