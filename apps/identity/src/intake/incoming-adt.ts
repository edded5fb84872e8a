import type { IdentityStatement, StatementWeight, StayMovement } from '@pfi/identity-core';
import type { Source } from '@pfi/platform-settings';
import type { LocalIdentifier } from '@pfi/health';
import type { IdentifierKey } from '../persistence/patient.repository.js';
import type { Cause } from '../registry/cause.js';

/** An ADT in the words of the core: authorities made canonical, INS checked for the environment. */
export interface IncomingAdt {
  readonly cause: Cause;
  readonly source: Source;
  readonly statement: IdentityStatement;
  readonly weight: StatementWeight;
  /** The message carried an INS that had to be ignored. */
  readonly insIgnored: boolean;
  /** A40: identifiers of the identity that disappears. */
  readonly retired: readonly LocalIdentifier[];
  readonly movement: IncomingMovement | null;
}

export interface IncomingMovement {
  /** PV1-19, else PID-18; null = orphan. */
  readonly stay: IdentifierKey | null;
  readonly change: Omit<StayMovement, 'place'>;
  /** ZBE-7, else PV1-3. */
  readonly unit: string | null;
  /** Day in France for which the unit is looked up. */
  readonly day: string;
}
