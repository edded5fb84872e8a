import { sameStrictTraits } from '@pfi/health';
import { change, sameIns, withIdentifiers, type Patient, type PatientOutcome } from './patient.js';

/**
 * From an identifier to the living identity that answers to it: each element was merged into the next one. An identifier
 * merged before its identity was ever seen is an element of its own.
 */
export type MergePath = readonly [string, ...string[]];

export type MergeDecision =
  | { readonly kind: 'merge' }
  /** Done before: nothing to do. */
  | { readonly kind: 'already' }
  /** The survivor was itself merged into the one that should disappear. */
  | { readonly kind: 'cycle' }
  /** A person must look: nothing is merged. */
  | { readonly kind: 'review'; readonly reason: 'retired-elsewhere' | 'different-ins' | 'different-traits' };

/**
 * Decides an A40. `retired` is absent when its identifier was never seen: an alias is enough. Both states are the living
 * identities at the end of the paths.
 */
export function decideMerge(
  paths: { readonly survivor: MergePath; readonly retired: MergePath },
  survivor: Patient,
  retired: Patient | undefined,
): MergeDecision {
  if (!retired) return { kind: 'merge' };
  const [named] = paths.retired;
  if (survivor.id === retired.id) {
    return paths.survivor.indexOf(named) > 0 ? { kind: 'cycle' } : { kind: 'already' };
  }
  if (paths.retired.length > 1) return { kind: 'review', reason: 'retired-elsewhere' };
  if (survivor.ins && retired.ins && !sameIns(survivor.ins, retired.ins))
    return { kind: 'review', reason: 'different-ins' };
  const qualified = survivor.status === 'qualifiee' || retired.status === 'qualifiee';
  if (qualified && sameStrictTraits(survivor.traits, retired.traits).length > 0)
    return { kind: 'review', reason: 'different-traits' };
  return { kind: 'merge' };
}

/** Both identities after a merge: identifiers follow to the survivor; an opposition, or a death, of either stays one. */
export function merge(survivor: Patient, retired: Patient): { survivor: PatientOutcome; retired: PatientOutcome } {
  const inherited =
    retired.dmpOpposition === 'opposed' || survivor.dmpOpposition === 'unknown'
      ? retired.dmpOpposition
      : survivor.dmpOpposition;
  return {
    survivor: change(survivor, {
      identifiers: withIdentifiers(survivor.identifiers, retired.identifiers),
      dmpOpposition: inherited,
      deceasedOn: survivor.deceasedOn ?? retired.deceasedOn,
    }),
    retired: change(retired, { identifiers: [], mergedInto: survivor.id }),
  };
}
