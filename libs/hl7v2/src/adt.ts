import type { MessageHeader } from './header.js';
import type {
  DmpConsent,
  Hl7Warning,
  IdentityComplement,
  MergedPatient,
  MessagePatient,
  Movement,
  PmsiModes,
  Visit,
} from './model.js';

/** Events that the platform applies. */
export const adtEvents = {
  A01: 'movement',
  A02: 'movement',
  A03: 'movement',
  A04: 'movement',
  A05: 'movement',
  A06: 'movement',
  A07: 'movement',
  A08: 'movement',
  A11: 'movement',
  A13: 'movement',
  A28: 'identity',
  A31: 'identity',
  A40: 'merge',
} as const;

export type AdtEvent = keyof typeof adtEvents;

/** Events of PAM France that are valid and not applied: stored as "non exploité". */
export const unusedAdtEvents: ReadonlySet<string> = new Set(
  [
    'A09',
    'A10',
    'A12',
    'A14',
    'A15',
    'A16',
    'A21',
    'A22',
    'A25',
    'A26',
    'A27',
    'A32',
    'A33',
    'A38',
    'A44',
    'A47',
  ].concat(['A49', 'A52', 'A53', 'A54', 'A55', 'Z99']),
);

export interface UsedAdt {
  kind: 'movement' | 'identity' | 'merge';
  event: AdtEvent;
  header: MessageHeader;
  /** EVN-6, else EVN-2, else MSH-7. */
  occurredAt: Date | undefined;
  patient: MessagePatient;
  visit?: Visit;
  movement?: Movement;
  /** Always present when `kind` is `merge`. */
  mrg?: MergedPatient;
  zfa?: DmpConsent;
  zfd?: IdentityComplement;
  zfm?: PmsiModes;
  warnings: Hl7Warning[];
}

export interface UnusedAdt {
  kind: 'unused';
  event: string;
  header: MessageHeader;
  occurredAt: Date | undefined;
  warnings: Hl7Warning[];
}

export type Adt = UsedAdt | UnusedAdt;
