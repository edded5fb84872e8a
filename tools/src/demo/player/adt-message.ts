import { randomUUID } from 'node:crypto';
import { writeAdt } from '@pfi/hl7v2';
import type { DmpConsent } from '@pfi/hl7v2';
import type { Sender } from './senders.js';
import type { SyntheticPatient } from './synthetic-patient.js';

export interface AdtOptions {
  readonly at?: Date;
  /** Unit (UF) of a movement. */
  readonly unit?: string;
  /** ZFA-9 */
  readonly opposition?: NonNullable<DmpConsent['opposition']>;
  /** A40: the patient that disappears. */
  readonly retired?: SyntheticPatient;
  readonly processingId?: string;
  /** PV1-44; the time of the message by default. */
  readonly admittedAt?: Date;
  /** PV1-45; an A03 says the time of the message by default. */
  readonly endedAt?: Date;
  /** PV1-2; I by default. */
  readonly patientClass?: string;
  /** PV1-36 */
  readonly dischargeDisposition?: string;
  /** The patient's visit number by default. */
  readonly visit?: string;
}

export interface SentAdt {
  readonly controlId: string;
  readonly message: Buffer;
}

/** MSH-10, unique over runs, 20 characters. */
export const newControlId = (): string => randomUUID().replaceAll('-', '').slice(0, 20).toUpperCase();

/**
 * An ADT of a hospital's administrative system. `provisoire`: traits only, PID-32 `PROV`; `validee`: traits and `VALI`;
 * `qualifiee`: the INS and `VALI`.
 */
export function adt(
  sender: Sender,
  event: string,
  patient: SyntheticPatient,
  status: 'provisoire' | 'validee' | 'qualifiee',
  options: AdtOptions = {},
): SentAdt {
  const {
    at = new Date(),
    unit,
    opposition,
    retired,
    processingId,
    endedAt = event === 'A03' ? at : undefined,
  } = options;
  const controlId = newControlId();
  const authority = { name: patient.authority.name, oid: patient.authority.oid };
  const movement = ['A01', 'A02', 'A03', 'A04'].includes(event);
  const message = writeAdt({
    header: {
      application: sender.application,
      facility: sender.facility,
      receivingApplication: 'PFI',
      receivingFacility: sender.facility,
      at,
      controlId,
      ...(processingId ? { processingId } : {}),
    },
    event,
    occurredAt: at,
    patient: {
      identifiers: [{ authority, value: patient.ipp, type: 'PI' }],
      ...(status === 'qualifiee' ? { ins: patient.ins } : {}),
      traits: patient.traits,
      pid32: [status === 'provisoire' ? 'PROV' : 'VALI'],
    },
    ...(movement
      ? {
          visit: {
            number: options.visit ?? patient.visit,
            authority,
            patientClass: options.patientClass ?? 'I',
            ...(unit ? { unit } : {}),
            admittedAt: options.admittedAt ?? at,
            ...(options.dischargeDisposition ? { dischargeDisposition: options.dischargeDisposition } : {}),
            ...(endedAt ? { endedAt } : {}),
          },
          movement: {
            id: { value: controlId, authority },
            at,
            action: 'INSERT' as const,
            historic: false,
            ...(unit ? { medicalUnit: { code: unit, label: `UF ${unit}` } } : {}),
            nature: 'HMS',
          },
        }
      : {}),
    ...(retired ? { mrg: { identifiers: [{ authority, value: retired.ipp, type: 'PI' }] } } : {}),
    ...(opposition ? { zfa: { dmpStatus: 'ACTIF', opposition, oppositionAt: at } } : {}),
  });
  return { controlId, message };
}
