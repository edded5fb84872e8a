import { type Ins, PfiError, isInsOid, parseIns } from '@pfi/health';
import type { AssigningAuthority, InsProblem, MedicalUnit, PatientIdentifier } from './model.js';
import type { FieldValue, Segment } from './segment.js';

/** Types of an INS in CX.5; the guide writes `INS`, table 0203 FR has one for each authority. */
const INS_TYPES = new Set(['INS', 'INS-NIR', 'INS-NIA', 'INS-NIR-TEST', 'INS-NIR-DEMO']);

export interface IdentifierList {
  /** Without the INS. */
  identifiers: PatientIdentifier[];
  ins?: Ins;
  insProblem?: InsProblem;
}

/** HD in one component of a field. */
export function readAuthority(value: FieldValue, component: number): AssigningAuthority {
  return { name: value.sub(component, 1), oid: value.sub(component, 2) };
}

/** CX; undefined when it holds no value. */
export function readIdentifier(value: FieldValue): PatientIdentifier | undefined {
  const id = value.component(1);
  return id === '' ? undefined : { value: id, authority: readAuthority(value, 4), type: value.component(5) };
}

/** A repeated CX field (PID-3, MRG-1), the INS set apart. */
export function readIdentifiers(segment: Segment, field: number): IdentifierList {
  const list: IdentifierList = { identifiers: [] };
  for (const repetition of segment.repetitions(field)) {
    const identifier = readIdentifier(repetition);
    if (identifier === undefined) continue;
    if (INS_TYPES.has(identifier.type) || isInsOid(identifier.authority.oid)) addIns(list, identifier);
    else list.identifiers.push(identifier);
  }
  if (list.insProblem !== undefined) delete list.ins;
  return list;
}

function addIns(list: IdentifierList, identifier: PatientIdentifier): void {
  try {
    const ins = parseIns(identifier.value, identifier.authority.oid);
    if (list.ins !== undefined && (list.ins.matricule !== ins.matricule || list.ins.oid !== ins.oid)) {
      list.insProblem = {
        code: 'INS_INVALID',
        textFr:
          'INS invalide : le message porte plusieurs INS différents. Corrigez l’identité dans l’application émettrice.',
      };
    }
    list.ins = ins;
  } catch (error) {
    if (!(error instanceof PfiError)) throw error;
    list.insProblem = { code: 'INS_INVALID', textFr: error.textFr };
  }
}

/** XON of a unit; undefined when it has neither code nor label. */
export function readUnit(value: FieldValue): MedicalUnit | undefined {
  const label = value.component(1);
  const code = value.component(10) || value.component(3);
  return code === '' && label === '' ? undefined : { code, label };
}
