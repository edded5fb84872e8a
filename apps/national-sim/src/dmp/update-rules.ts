import { patientIdCx, type RegistryError, type StatusChange, type SubmissionSet, type Vihf } from '@pfi/xds';
import { refusal } from './deposit-rules.js';
import type { DepositStore } from './deposit-store.js';

/** TD3.3c, TD3.3d: entries that pass from one status to another. */
export interface StatusUpdate {
  readonly submissionSet: SubmissionSet;
  readonly changes: readonly StatusChange[];
}

/** Statuses that follow one another. */
const steps: Readonly<Record<string, readonly string[]>> = {
  Approved: ['Archived', 'Deleted'],
  Archived: ['Approved', 'Deleted'],
};

/** Everything that the simulated DMP demands of an update; an empty list accepts it. */
export function updateRefusals(
  { submissionSet, changes }: StatusUpdate,
  vihf: Vihf,
  store: DepositStore,
): RegistryError[] {
  if (store.knowsSubmissionSet(submissionSet.uniqueId))
    return [refusal('XDSDuplicateUniqueIdInRegistry', `Lot de soumission déjà reçu : ${submissionSet.uniqueId}`)];
  const patientId = patientIdCx(vihf.patientId, 'NH');
  const statuses = new Map<string, string>();
  return [
    ...(patientIdCx(submissionSet.patientId, 'NH') === patientId
      ? []
      : [refusal('XDSPatientIdDoesNotMatch', 'Le patient diffère entre le VIHF et le lot de soumission')]),
    ...changes.flatMap(({ entryUuid, from, to }) => {
      const entry = store.get(entryUuid);
      if (!entry || entry.patientId !== patientId)
        return [refusal('XDSMetadataUpdateError', `Fiche inconnue : ${entryUuid}`)];
      const now = statuses.get(entryUuid) ?? store.status(entryUuid);
      statuses.set(entryUuid, to);
      return now === from && steps[from]?.includes(to)
        ? []
        : [refusal('XDSMetadataUpdateError', `Passage de ${now} à ${to} impossible`)];
    }),
  ];
}
