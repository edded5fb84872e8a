import type { IdentityStatus, Ins, InsEnvironment } from '@pfi/health';

/** PID-32 codes that say the identity itself is in doubt: doubtful, usurped, invalidated, anonymous, proven collision. */
const DOUBTS: ReadonlySet<string> = new Set(['DOUT', 'USUR', 'INVA', 'ANOM', 'COLV']);

export interface Reliability {
  readonly status: IdentityStatus;
  /** PID-32 holds FICT: counted nowhere (design D16). */
  readonly fictitious: boolean;
  /** PID-32 holds a code that forbids `validee` and `qualifiee` (RNIV). */
  readonly dubious: boolean;
}

/**
 * Status of an identity as its source states it: `qualifiee` = VALI and an INS, `validee` = VALI alone, `recuperee` = an INS
 * alone, `provisoire` otherwise. A doubtful identity is never validated; a fictitious one is not in production only, so that
 * test patients can follow the whole path elsewhere.
 */
export function reliabilityOf(pid32: readonly string[], ins: Ins | null, environment: InsEnvironment): Reliability {
  const fictitious = pid32.includes('FICT');
  const dubious = pid32.some((code) => DOUBTS.has(code));
  const validated = pid32.includes('VALI') && !dubious && !(fictitious && environment === 'production');
  const status = validated ? (ins ? 'qualifiee' : 'validee') : ins ? 'recuperee' : 'provisoire';
  return { status, fictitious, dubious };
}
