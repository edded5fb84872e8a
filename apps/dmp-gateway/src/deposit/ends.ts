import { DomainError } from '@pfi/health';
import { LeaseLost } from '@pfi/platform-postgres';
import type { Submission } from '../persistence/submission.repository.js';
import type { FinalOutcome, Parked } from './outcome-events.js';

const parked = (code: string, text: string, inDoubt = false): Parked => ({ kind: 'parked', code, text, inDoubt });

export const accepted = (submission: Submission): FinalOutcome => ({
  kind: 'accepted',
  entryUuid: (submission.operation === 'withdraw' ? submission.targetUuid : null) ?? submission.entryUuid,
  reconciled: submission.reconciled,
});

export const expired = (inDoubt: boolean): Parked =>
  parked(
    'EXPIRED',
    inDoubt
      ? 'Le DMP n’a pas dit dans le délai prévu s’il détient le document : vérifier la liaison, puis rejouer. La recherche du document précédera tout nouvel envoi.'
      : 'Le DMP n’a pas pu être joint dans le délai prévu : vérifier la liaison, puis rejouer.',
    inDoubt,
  );

export const OTHER_CONTENT = parked(
  'XDSNonIdenticalHash',
  'Le DMP détient un autre contenu sous le même identifiant de document.',
  true,
);

export const ALTERED = parked(
  'ARTEFACT_ALTERED',
  'Les octets du document ne correspondent plus à leur empreinte : prévenir l’exploitant.',
);

export const REPLACED_BY_ANOTHER = parked(
  'XDSRegistryDeprecatedDocumentError',
  'Le document à remplacer l’a déjà été par un autre, que la plateforme ne connaît pas : vérifier le DMP du patient.',
);

export const CHANGED = parked(
  'ARTEFACT_CHANGED',
  'Le document a changé depuis un premier envoi sous le même identifiant : le déposer comme une nouvelle version.',
);

/** A part of ours (documents service, database, provider of tokens) could not serve: not an attempt at the DMP. */
export const isUnavailable = (error: unknown): error is DomainError =>
  error instanceof DomainError && error.kind === 'unavailable';

/** A run that failed for a reason that time alone does not mend; undefined = try again. */
export function parkedBy(error: unknown, attempts: number, maxAttempts: number, inDoubt: boolean): Parked | undefined {
  if (error instanceof LeaseLost) return undefined;
  if (error instanceof DomainError) return parked(error.code, error.textFr, inDoubt);
  if (attempts < maxAttempts) return undefined;
  return parked(
    'JOB_FAILED',
    `Le dépôt a échoué ${attempts} fois pour une raison imprévue : consulter le journal du service, puis rejouer.`,
    inDoubt,
  );
}
