import { adtOf, mdmOf, type KnownPatient } from './intake-messages.js';

/** One kind of message at one door. */
export interface Kind {
  readonly name: string;
  readonly port: 'identityMllp' | 'documentsMllp';
  /** Applications of the example GHT file, each of a legal entity of its own. */
  readonly applications: readonly string[];
  readonly bytes: number;
  /** Messages of the closed loop. */
  readonly messages: number;
  /** Messages each second; latency is taken at 70 % of it. */
  readonly floor: number;
  /** Patients whom the platform must know before; 0: each message brings its own. */
  readonly patients: number;
  readonly message: (patient: KnownPatient) => Buffer;
}

const mdm = (name: string, bytes: number, messages: number, floor: number): Kind => ({
  ...{ name, bytes, messages, floor, port: 'documentsMllp', patients: 2_000 },
  applications: ['dpi-a', 'dpi2', 'dpi-pannes', 'dpi-indicateurs'],
  message: (patient) => mdmOf(patient, bytes),
});

export const kinds: readonly Kind[] = [
  {
    ...{ name: 'adt', port: 'identityMllp', bytes: 2_000, messages: 20_000, floor: 1_000, patients: 0 },
    applications: ['gam', 'gam2', 'gam-pannes', 'gam-indicateurs'],
    message: adtOf,
  },
  mdm('mdm-60k', 60_000, 6_000, 300),
  // as many bytes a second
  mdm('mdm-500k', 500_000, 720, 36),
];
