import type { Patient } from '@pfi/identity-core';

/** A patient as the API shows it (design §7). */
export const patientView = (patient: Patient) => ({
  id: patient.id,
  domain: patient.domain,
  version: patient.version,
  identifiers: patient.identifiers,
  ins: {
    matricule: patient.ins?.matricule ?? null,
    oid: patient.ins?.oid ?? null,
    status: patient.status,
  },
  traits: patient.traits,
  fictitious: patient.fictitious,
  dubious: patient.dubious,
  dmpOpposition: patient.dmpOpposition,
  deceasedOn: patient.deceasedOn,
  mergedInto: patient.mergedInto,
});

export type PatientView = ReturnType<typeof patientView>;
