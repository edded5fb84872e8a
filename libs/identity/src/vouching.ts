import { sameStrictTraits, type Ins, type LocalIdentifier, type PatientTraits } from '@pfi/health';
import { change, sameIns, withIdentifiers, type Patient, type PatientOutcome } from './patient.js';

/** A qualified identity that a trusted document carries (design D7). */
export interface VouchedIdentity {
  readonly identifiers: readonly LocalIdentifier[];
  readonly ins: Ins;
  readonly traits: Readonly<PatientTraits>;
  readonly fictitious: boolean;
}

export type VouchDecision =
  | (PatientOutcome & { readonly kind: 'applied' })
  /** The identity known here says otherwise: a person must look. */
  | { readonly kind: 'review'; readonly reason: 'different-ins' | 'different-traits' | 'dubious' };

/** Qualifies an identity on the word of a document. An identity that is already qualified with this INS stays as it is. */
export function vouch(known: Patient, vouched: VouchedIdentity): VouchDecision {
  const { ins, traits, fictitious } = vouched;
  if (known.version > 0) {
    if (known.dubious) return { kind: 'review', reason: 'dubious' };
    if (known.ins && !sameIns(known.ins, ins)) return { kind: 'review', reason: 'different-ins' };
    if (sameStrictTraits(known.traits, traits).length > 0) return { kind: 'review', reason: 'different-traits' };
  }
  const identifiers = withIdentifiers(known.identifiers, vouched.identifiers);
  const outcome =
    known.status === 'qualifiee'
      ? change(known, { identifiers })
      : change(known, {
          identifiers,
          ins,
          status: 'qualifiee',
          ...(known.version === 0 ? { traits, fictitious } : {}),
        });
  return { kind: 'applied', ...outcome };
}
