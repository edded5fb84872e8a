import type { Case } from '../cases/case.js';

/** What a bad input was answered. */
export interface Got {
  /** In the words of `Case.expect`. */
  readonly answer: string;
  /** ERR-2 of an acknowledgement. */
  readonly location?: string;
  /** From the first byte sent to the last one of the answer. */
  readonly ms: number;
  /** All that came back, to be searched for what must not be in it. */
  readonly said: string;
}

/** One way into the platform. Resolves with what came of these bytes; rejects when nothing did for `patienceMs`. */
export interface Door {
  play(bytes: Buffer, of: Case, patienceMs: number): Promise<Got>;
}

/** Of an answer, as much is searched. */
export const SAID_BYTES = 65_536;
