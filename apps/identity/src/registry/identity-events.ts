import { patientChangedV1, patientsMergedV1, stayChangedV1 } from '@pfi/contracts';
import type { Patient, Stay } from '@pfi/identity-core';
import { newEvent, type NewEvent } from '@pfi/platform-messaging';
import { ownerOfDomain, ownerOfLegalEntity } from '@pfi/platform-settings';

/** The whole state of a patient. */
export const patientChanged = (patient: Patient, traceparent?: string, replay = false): NewEvent =>
  newEvent(
    patientChangedV1,
    {
      patientId: patient.id,
      domain: patient.domain,
      version: patient.version,
      identifiers: patient.identifiers.map((identifier) => ({ ...identifier })),
      ins: patient.ins,
      status: patient.status,
      traits: patient.traits,
      fictitious: patient.fictitious,
      dmpOpposition: patient.dmpOpposition,
      deceasedOn: patient.deceasedOn,
      mergedInto: patient.mergedInto,
    },
    { owner: ownerOfDomain(patient.domain), traceparent, replay },
  );

export const patientsMerged = (retired: Patient, survivor: Patient, traceparent?: string, replay = false): NewEvent =>
  newEvent(
    patientsMergedV1,
    {
      domain: survivor.domain,
      retired: retired.id,
      survivor: survivor.id,
      retiredVersion: retired.version,
      survivorVersion: survivor.version,
    },
    { owner: ownerOfDomain(survivor.domain), traceparent, replay },
  );

/** The whole state of a stay. */
export const stayChanged = (stay: Stay, traceparent?: string, replay = false): NewEvent =>
  newEvent(
    stayChangedV1,
    {
      stayId: stay.id,
      version: stay.version,
      patientId: stay.patientId,
      authority: stay.authority,
      number: stay.number,
      legalEntity: stay.legalEntity,
      establishment: stay.establishment,
      unit: stay.unit,
      patientClass: stay.patientClass,
      state: stay.state,
      admittedAt: stay.admittedAt?.toISOString() ?? null,
      endedAt: stay.endedAt?.toISOString() ?? null,
      reconstituted: stay.reconstituted,
      endedByDeath: stay.endedByDeath,
    },
    { owner: ownerOfLegalEntity(stay.legalEntity), traceparent, replay },
  );
