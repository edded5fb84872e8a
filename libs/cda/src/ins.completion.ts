import type { Ins, PatientTraits } from '@pfi/health';

export interface QualifiedIdentity {
  readonly ins: Ins;
  readonly traits: PatientTraits;
}

export declare function completeIns(bytes: Buffer, identity: QualifiedIdentity): Buffer;
