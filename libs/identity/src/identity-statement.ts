import { sameStrictTraits, type Ins, type InsEnvironment, type LocalIdentifier, type PatientTraits } from '@pfi/health';
import { reliabilityOf } from './identity-status.js';
import { change, withIdentifiers, type DmpOpposition, type Patient, type PatientOutcome } from './patient.js';

/** What one message says of an identity. */
export interface IdentityStatement {
  /** Canonical authorities only. */
  readonly identifiers: readonly LocalIdentifier[];
  /** Key and OID already checked. */
  readonly ins: Ins | null;
  readonly traits: Readonly<PatientTraits>;
  /** PID-32 */
  readonly pid32: readonly string[];
  /** ZFA-9 */
  readonly opposition?: 'IO' | 'INO' | 'NA';
  /** As `Patient.deceasedOn`; null = denied, absent = not said, which takes nothing away. */
  readonly deceasedOn?: string | null | undefined;
}

/**
 * How much a message says of the identity it names.
 * - `whole`: the state of the identity, INS and status included. What it does not say any more is no longer true.
 * - `raising`: may create or qualify, never takes anything away (A40: it is about links).
 * - `naming`: only says whom it is about; creates an identity that is unknown.
 */
export type StatementWeight = 'whole' | 'raising' | 'naming';

/** A28, A31 and A08 state the identity; a movement does so only when it gives its reliability (PID-32). */
export function weightOf(event: string, pid32: readonly string[]): StatementWeight {
  if (event === 'A40') return pid32.length > 0 ? 'raising' : 'naming';
  return event === 'A28' || event === 'A31' || event === 'A08' || pid32.length > 0 ? 'whole' : 'naming';
}

const OPPOSITIONS: Readonly<Record<'IO' | 'INO' | 'NA', DmpOpposition>> = {
  IO: 'opposed',
  INO: 'none',
  NA: 'not-collected',
};

/**
 * The state of a patient after a message about it. An unknown patient (version 0) takes everything whatever the weight.
 * `authority`: who decides on identities in the domain (design D5).
 */
export function applyStatement(
  known: Patient,
  statement: IdentityStatement,
  weight: StatementWeight,
  environment: InsEnvironment,
  authority: 'source' | 'pfi' = 'source',
): PatientOutcome {
  const said = {
    identifiers: withIdentifiers(known.identifiers, statement.identifiers),
    dmpOpposition: statement.opposition ? OPPOSITIONS[statement.opposition] : known.dmpOpposition,
    deceasedOn: statement.deceasedOn === undefined ? known.deceasedOn : statement.deceasedOn,
  };
  const kept = statement.ins === null && authority === 'pfi' ? keptIns(known, statement) : null;
  const ins = statement.ins ?? kept;
  const reliability = reliabilityOf(statement.pid32, ins, environment);
  const identity = {
    ...reliability,
    ins,
    // A message without a birth name cannot replace the traits that are known.
    traits: statedTraits(known, statement, kept !== null),
  };
  const speaks =
    known.version === 0 || weight === 'whole' || (weight === 'raising' && reliability.status === 'qualifiee');
  return change(known, speaks ? { ...said, ...identity } : said);
}

function statedTraits(known: Patient, { traits }: IdentityStatement, certified: boolean): Readonly<PatientTraits> {
  if (traits.birthName === '' && known.version > 0) return known.traits;
  if (!certified) return traits;
  // The strict traits came with the INS; only the names in use are the source's to say.
  const { usedName: _name, usedGivenName: _given, ...strict } = known.traits;
  const { usedName, usedGivenName } = traits;
  return { ...strict, ...(usedName ? { usedName } : {}), ...(usedGivenName ? { usedGivenName } : {}) };
}

/** Where the platform decides, a source that does not know the INS takes nothing away while it speaks of the same person. */
function keptIns(known: Patient, { traits }: IdentityStatement): Ins | null {
  if (traits.birthName === '') return known.ins;
  const differing = sameStrictTraits(known.traits, traits);
  return differing.some((trait) => trait === 'birthName' || trait === 'birthDate' || trait === 'sex')
    ? null
    : known.ins;
}

/**
 * A message that names an identity merged away: its survivor keeps its own traits and INS, whatever the order in which the
 * merge and the message came. `differs` tells that the message says something else, for a person to look at.
 */
export function applyToSurvivor(
  survivor: Patient,
  statement: IdentityStatement,
  weight: StatementWeight,
): PatientOutcome & { readonly differs: boolean } {
  const opposition = statement.opposition && OPPOSITIONS[statement.opposition];
  const wins = opposition === 'opposed' || survivor.dmpOpposition === 'unknown';
  const outcome = change(survivor, {
    ...(opposition && wins ? { dmpOpposition: opposition } : {}),
    ...(statement.deceasedOn ? { deceasedOn: survivor.deceasedOn ?? statement.deceasedOn } : {}),
  });
  const differs =
    weight === 'whole' &&
    statement.traits.birthName !== '' &&
    survivor.traits.birthName !== '' &&
    sameStrictTraits(survivor.traits, statement.traits).length > 0;
  return { ...outcome, differs };
}
