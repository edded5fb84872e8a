import { isTrustedAddress, parseMssAddress } from '@pfi/health';
import { MessageRefused } from '@pfi/platform-intake';
import type { MailWishes, Recipient } from '../deliveries/records.js';
import type { Statement } from './statement.js';

/** Recipients and wishes for mails, their addresses in their one form. */
export interface AdmittedMail {
  readonly recipients: readonly Recipient[];
  readonly mail: MailWishes;
  readonly warnings: Statement['warnings'];
}

/**
 * Addresses by the narrow grammar: anything else may be an attack on a mail server or a header, and refuses the whole
 * (ADDRESS_INVALID). A good address outside the space of trust is only told: its delivery will be held.
 */
export function admitMail(
  { recipients, mail, places }: Pick<Statement, 'recipients' | 'mail' | 'places'>,
  trustedDomains: readonly string[],
): AdmittedMail {
  const warnings: { code: string; textFr: string }[] = [];
  const admitted = recipients.map((recipient, index) => {
    if (recipient.address === null) return recipient;
    const address = addressAt(recipient.address, places.recipient(index));
    if (recipient.kind !== 'patient' && !isTrustedAddress(address, trustedDomains))
      warnings.push({
        code: 'RECIPIENT_UNTRUSTED',
        textFr: 'Une adresse de destinataire est hors de l’espace de confiance MSSanté : l’envoi est mis en attente.',
      });
    return { ...recipient, address: address.text };
  });
  if (mail.replyTo === null) return { recipients: admitted, mail, warnings };
  const replyTo = addressAt(mail.replyTo, places.replyTo);
  const trusted = isTrustedAddress(replyTo, trustedDomains);
  if (!trusted)
    warnings.push({
      code: 'REPLY_TO_UNTRUSTED',
      textFr: 'L’adresse de réponse est hors de l’espace de confiance MSSanté : elle n’est pas reprise.',
    });
  return { recipients: admitted, mail: { ...mail, replyTo: trusted ? replyTo.text : null }, warnings };
}

function addressAt(text: string, place: string) {
  const address = parseMssAddress(text);
  if (address) return address;
  throw new MessageRefused(
    '102',
    'ADDRESS_INVALID',
    'Une adresse MSSanté du message n’est pas de la forme nom@domaine : la corriger et réémettre.',
    place,
  );
}
