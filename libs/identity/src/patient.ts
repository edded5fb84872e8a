import type { IdentityStatus, Ins, LocalIdentifier, PatientTraits } from '@pfi/health';

export type DmpOpposition = 'opposed' | 'none' | 'not-collected' | 'unknown';

/** A patient of one identity domain. Immutable: every change gives another state, one version later. */
export interface Patient {
  readonly id: string;
  readonly domain: string;
  /** 0 = not stored yet. */
  readonly version: number;
  readonly identifiers: readonly LocalIdentifier[];
  /** Whatever the status; usable only when it is `qualifiee`. */
  readonly ins: Ins | null;
  readonly status: IdentityStatus;
  readonly traits: Readonly<PatientTraits>;
  readonly fictitious: boolean;
  readonly dubious: boolean;
  readonly dmpOpposition: DmpOpposition;
  /** `YYYY-MM-DD`, `unknown-day`, or null while nothing says that the patient died. */
  readonly deceasedOn: string | null;
  /** The survivor, once this identity was merged away. */
  readonly mergedInto: string | null;
}

export type PatientChange =
  | 'created'
  | 'identifiers'
  | 'ins'
  | 'status'
  | 'traits'
  | 'fictitious'
  | 'dubious'
  | 'dmpOpposition'
  | 'deceasedOn'
  | 'mergedInto';

/** A state and what makes it differ from the one before; no change = the very same state. */
export interface PatientOutcome {
  readonly patient: Patient;
  readonly changes: readonly PatientChange[];
}

const FIELDS = [
  'identifiers',
  'ins',
  'status',
  'traits',
  'fictitious',
  'dubious',
  'dmpOpposition',
  'deceasedOn',
  'mergedInto',
] as const;

/** The next version of a patient, or the same state when nothing differs. */
export function change(before: Patient, to: Partial<Omit<Patient, 'id' | 'domain' | 'version'>>): PatientOutcome {
  const after = { ...before, ...to };
  const changes: PatientChange[] = FIELDS.filter((field) => !same(before[field], after[field]));
  if (before.version === 0) changes.unshift('created');
  if (changes.length === 0) return { patient: before, changes };
  return { patient: { ...after, version: before.version + 1 }, changes };
}

/** An identity of which only its id is known: the first message gives it a version. */
export const unknownPatient = (id: string, domain: string): Patient => ({
  id,
  domain,
  version: 0,
  identifiers: [],
  ins: null,
  status: 'provisoire',
  traits: { birthName: '', birthGivenNames: '', sex: 'U' },
  fictitious: false,
  dubious: false,
  dmpOpposition: 'unknown',
  deceasedOn: null,
  mergedInto: null,
});

/** Known identifiers, in their order, then those that are new. */
export function withIdentifiers(
  known: readonly LocalIdentifier[],
  stated: readonly LocalIdentifier[],
): readonly LocalIdentifier[] {
  const fresh = stated.filter(
    (identifier, place) => !known.some(isSame(identifier)) && stated.findIndex(isSame(identifier)) === place,
  );
  return fresh.length === 0 ? known : [...known, ...fresh];
}

export const sameIns = (a: Ins | null | undefined, b: Ins | null | undefined): boolean =>
  a?.matricule === b?.matricule && a?.oid === b?.oid;

const isSame =
  (one: LocalIdentifier) =>
  (other: LocalIdentifier): boolean =>
    one.authority === other.authority && one.value === other.value;

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  const left = Object.entries(a).filter(([, value]) => value !== undefined);
  const right = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && same(value, right.get(key)));
}
