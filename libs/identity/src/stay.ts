export type StayState = 'pre-admitted' | 'open' | 'ended' | 'cancelled';

/** A stay of one legal entity. Immutable, like a patient. */
export interface Stay {
  readonly id: string;
  /** FINESS EJ and EG. */
  readonly legalEntity: string;
  readonly establishment: string;
  readonly authority: string;
  readonly number: string;
  /** 0 = not stored yet. */
  readonly version: number;
  readonly patientId: string;
  readonly unit: string | null;
  /** PV1-2 */
  readonly patientClass: string;
  readonly state: StayState;
  readonly admittedAt: Date | null;
  readonly endedAt: Date | null;
  /** First seen by a movement, not by an admission. */
  readonly reconstituted: boolean;
  /** The discharge says that the patient died. */
  readonly endedByDeath: boolean;
}

export type MovementEvent = 'A01' | 'A02' | 'A03' | 'A04' | 'A05' | 'A06' | 'A07' | 'A08' | 'A11' | 'A13';

export interface StayMovement {
  readonly event: MovementEvent;
  /** ZBE-5: a correction of the past, which says nothing of the present place. */
  readonly historic: boolean;
  /** ZBE-2 */
  readonly at?: Date | undefined;
  /** EVN-6, else EVN-2 */
  readonly occurredAt?: Date | undefined;
  /** PV1-44, PV1-45 */
  readonly admittedAt?: Date | undefined;
  readonly endedAt?: Date | undefined;
  /** Whether the patient died in the stay; undefined when the message does not say. */
  readonly byDeath?: boolean | undefined;
  /** PV1-2; empty when the message does not say. */
  readonly patientClass: string;
  /** The unit and the establishment it tells; absent when the message names no unit. */
  readonly place?: { readonly unit: string; readonly establishment: string } | undefined;
}

export interface StayOutcome {
  readonly stay: Stay;
  readonly changed: boolean;
}

const ADMISSIONS: ReadonlySet<MovementEvent> = new Set(['A01', 'A04', 'A05']);

/** A stay that the next movement creates. */
export const unknownStay = (
  key: Pick<Stay, 'id' | 'legalEntity' | 'authority' | 'number' | 'establishment' | 'patientId'>,
): Stay => ({
  ...key,
  version: 0,
  unit: null,
  patientClass: '',
  state: 'open',
  admittedAt: null,
  endedAt: null,
  reconstituted: false,
  endedByDeath: false,
});

/** The state of a stay after a movement (design D6). Movements apply in order of arrival. */
export function applyMovement(known: Stay, movement: StayMovement): StayOutcome {
  const { event } = movement;
  const isNew = known.version === 0;
  const admission = ADMISSIONS.has(event);
  const lifecycle = isNew ? firstState(movement) : nextState(known, movement);
  const after: Stay = {
    ...known,
    ...lifecycle,
    ...(movement.place && (isNew || !movement.historic)
      ? { unit: movement.place.unit, establishment: movement.place.establishment }
      : {}),
    patientClass:
      movement.patientClass === '' || (movement.historic && !isNew) ? known.patientClass : movement.patientClass,
    admittedAt: admittedAt(known, movement),
    endedByDeath: lifecycle.state === 'ended' && (movement.byDeath ?? known.endedByDeath),
    reconstituted: isNew ? !admission : known.reconstituted && !admission,
  };
  return revised(known, after);
}

/** A stay whose patient was merged away follows to the survivor. */
export const moveStay = (stay: Stay, patientId: string): StayOutcome => revised(stay, { ...stay, patientId });

type Lifecycle = Pick<Stay, 'state' | 'endedAt'>;

function firstState(movement: StayMovement): Lifecycle {
  const endedAt = endOf(movement);
  switch (movement.event) {
    case 'A05':
      return { state: 'pre-admitted', endedAt: null };
    case 'A03':
      return { state: 'ended', endedAt };
    case 'A11':
      return { state: 'cancelled', endedAt: null };
    default:
      return movement.endedAt && movement.event !== 'A13'
        ? { state: 'ended', endedAt: movement.endedAt }
        : { state: 'open', endedAt: null };
  }
}

function nextState(known: Stay, movement: StayMovement): Lifecycle {
  const { state, endedAt } = known;
  switch (movement.event) {
    case 'A03':
      return { state: 'ended', endedAt: endOf(movement) ?? endedAt };
    case 'A13':
      return state === 'ended' ? { state: 'open', endedAt: null } : { state, endedAt };
    case 'A11':
      return { state: 'cancelled', endedAt: null };
    case 'A05':
      return state === 'cancelled' ? { state: 'pre-admitted', endedAt: null } : { state, endedAt };
    case 'A08':
      return state === 'ended' ? { state, endedAt: movement.endedAt ?? endedAt } : { state, endedAt };
    case 'A01':
    case 'A04':
      return state === 'ended' ? { state, endedAt } : { state: 'open', endedAt: null };
    default:
      return state === 'pre-admitted' ? { state: 'open', endedAt: null } : { state, endedAt };
  }
}

const endOf = (movement: StayMovement): Date | null => movement.endedAt ?? movement.at ?? movement.occurredAt ?? null;

function admittedAt(known: Stay, movement: StayMovement): Date | null {
  const stated = movement.admittedAt ?? null;
  if (movement.event === 'A01' || movement.event === 'A04')
    return stated ?? movement.at ?? movement.occurredAt ?? known.admittedAt;
  if (movement.event === 'A05') return known.admittedAt;
  return stated ?? known.admittedAt;
}

const DATED = ['admittedAt', 'endedAt'] as const;
const PLAIN = ['patientId', 'establishment', 'unit', 'patientClass', 'state', 'reconstituted', 'endedByDeath'] as const;

function revised(before: Stay, after: Stay): StayOutcome {
  const changed =
    before.version === 0 ||
    PLAIN.some((field) => before[field] !== after[field]) ||
    DATED.some((field) => before[field]?.getTime() !== after[field]?.getTime());
  return changed ? { stay: { ...after, version: before.version + 1 }, changed } : { stay: before, changed };
}
