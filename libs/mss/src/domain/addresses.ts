import { isTrustedAddress, parseMssAddress, PfiError } from '@pfi/health';
import type { MailOrder, MailRules } from './mail-order.js';

/**
 * An address that somebody wrote, as it may stand in an envelope. Raises ADDRESS_INVALID: another form, outside the space of
 * trust, or a patient's, which is never taken from what is written (ECO.2.2.6).
 */
export function usableAddress(
  text: string,
  { trustedDomains, patientDomain }: Pick<MailRules, 'trustedDomains' | 'patientDomain'>,
): string {
  const address = parseMssAddress(text);
  if (address && isTrustedAddress(address, trustedDomains) && !isTrustedAddress(address, [patientDomain]))
    return address.text;
  throw invalid();
}

const invalid = (): PfiError =>
  new PfiError(
    'ADDRESS_INVALID',
    'invalid',
    'L’adresse n’est pas une adresse MSSanté acceptée : la corriger dans l’application d’origine, puis renvoyer le document.',
  );

/**
 * Address of the patient's own mailbox, made of the matricule of a qualified INS alone (ECO.2.2.6).
 * Raises INS_REQUIRED, ADDRESS_INVALID.
 */
export function patientAddress({ patient }: Pick<MailOrder, 'patient'>, rules: MailRules): string {
  if (patient.matricule === null)
    throw new PfiError(
      'INS_REQUIRED',
      'invalid',
      'L’adresse du patient se construit avec une INS qualifiée : qualifier l’identité, puis rejouer.',
    );
  const { patientPrefix, patientDomain } = rules;
  const address = parseMssAddress(`${patientPrefix}${patient.matricule}@${patientDomain}`);
  if (!address) throw invalid();
  return address.text;
}
