import { DomainError } from '@pfi/health';
import { LeaseLost } from '@pfi/platform-postgres';
import type { Parked, Said } from './outcome-events.js';

const parked = (code: string, text: string, inDoubt = false): Parked => ({ kind: 'parked', code, text, inDoubt });

export const expired = (inDoubt: boolean): Parked =>
  parked(
    'EXPIRED',
    'L’opérateur de messagerie n’a pas pris le message dans le délai prévu : vérifier la liaison et l’adresse, puis rejouer.',
    inDoubt,
  );

export const OUTCOME_UNKNOWN = parked(
  'OUTCOME_UNKNOWN',
  'L’opérateur n’a pas répondu après avoir reçu le message, deux fois de suite : vérifier auprès de lui ou du destinataire, puis rejouer. Le message rejoué dira qu’il peut être un doublon.',
  true,
);

export const ALTERED = parked(
  'ARTEFACT_ALTERED',
  'Les octets du document ne correspondent plus à leur empreinte : prévenir l’exploitant.',
);

export const ADDRESS_NOT_FOUND = parked(
  'ADDRESS_NOT_FOUND',
  'Aucune adresse MSSanté n’est connue pour ce destinataire : la renseigner dans l’application d’origine, ou rejouer quand l’annuaire la publiera.',
);

export const MAILBOX_MISSING = parked(
  'MAILBOX_MISSING',
  'L’entité juridique n’a pas de boîte aux lettres applicative : la déclarer dans la configuration du groupement, puis rejouer.',
);

/** Faults of the mail itself: told to the sender as a refusal, since only the source can mend them. */
const REFUSALS: ReadonlySet<string> = new Set(['ADDRESS_INVALID', 'MESSAGE_TOO_LARGE', 'HEADER_UNSAFE']);

/** A part of ours (documents service, database, provider of tokens) could not serve: not an attempt at the operator. */
export const isUnavailable = (error: unknown): error is DomainError =>
  error instanceof DomainError && error.kind === 'unavailable';

/** A run that failed for a reason that time alone does not mend; undefined = try again. */
export function endedBy(
  error: unknown,
  attempts: number,
  maxAttempts: number,
  inDoubt: boolean,
): Parked | (Said & { readonly kind: 'refused' }) | undefined {
  if (error instanceof LeaseLost) return undefined;
  if (error instanceof DomainError) {
    return REFUSALS.has(error.code)
      ? { kind: 'refused', code: error.code, text: error.textFr }
      : parked(error.code, error.textFr, inDoubt);
  }
  if (attempts < maxAttempts) return undefined;
  return parked(
    'JOB_FAILED',
    `L’envoi a échoué ${attempts} fois pour une raison imprévue : consulter le journal du service, puis rejouer.`,
    inDoubt,
  );
}
