import { PfiError } from '@pfi/health';
import { usableAddress } from './addresses.js';
import { isMessageId, mailboxField, plainField, textField } from './header-fields.js';
import type { MailOrder, MailRules, Sender } from './mail-order.js';
import { bodyOf, pdfNameOf, subjectOf } from './mail-texts.js';
import { messageIdOf } from './message-id.js';
import { writeMime } from './mime-writer.js';

export interface MailContents {
  /** IHE_XDM.zip */
  readonly archive: Uint8Array;
  /** Null in a withdrawal. */
  readonly pdf: Uint8Array | null;
}

export interface Leaving {
  readonly sender: Sender;
  /** Validated. */
  readonly recipient: string;
  readonly establishmentName: string;
  readonly at: Date;
  /** An earlier try may have been taken: said to the receiver. */
  readonly possibleDuplicate: boolean;
}

/**
 * The bytes of the mail of one delivery (Référentiel socle MSSanté #2, interop §6.1), 7-bit, every line ended by CRLF.
 * Raises HEADER_UNSAFE, ADDRESS_INVALID (Reply-To).
 */
export function composeMail(order: MailOrder, rules: MailRules, contents: MailContents, leaving: Leaving): Buffer {
  const { sender, recipient, at, possibleDuplicate } = leaving;
  const { mail, predecessor, document, channel, patient } = order;
  const replyTo = mail.replyTo === null ? sender.address : usableAddress(mail.replyTo, rules);
  const before = predecessor && isMessageId(predecessor.messageId) ? predecessor.messageId : null;
  const headers = [
    mailboxField('From', sender.address, sender.displayName),
    mailboxField('Reply-To', replyTo),
    mailboxField('To', recipient),
    textField('Subject', subjectOf(order)),
    plainField('Date', at.toUTCString().replace('GMT', '+0000')),
    plainField('Message-ID', messageIdOf(order.deliveryId, sender)),
    ...(before ? [plainField('In-Reply-To', before), plainField('References', before)] : []),
    plainField('X-MSS-CODECDA', document.type.code),
    plainField('X-MSS-INS', patient.matricule === null ? 'N' : 'O'),
    ...(rules.productNumber ? [plainField('X-MSS-NIL', rules.productNumber)] : []),
    ...(channel === 'mss-patient' && !mail.replyAllowed ? ['X-MSS-MES: FIN'] : []),
    ...(mail.readNotice ? [mailboxField('Disposition-Notification-To', sender.address)] : []),
    ...(possibleDuplicate ? ['X-Resent: possible-duplicate'] : []),
  ];
  const attachments = [
    { name: 'IHE_XDM.zip', mediaType: 'application/zip', bytes: contents.archive },
    ...(contents.pdf ? [{ name: pdfNameOf(order), mediaType: 'application/pdf', bytes: contents.pdf }] : []),
  ];
  return writeMime(
    headers,
    bodyOf(order, rules, leaving.establishmentName),
    attachments,
    // An underscore is no character of base64: never found in a part.
    `_pfi_${order.deliveryId}`,
  );
}

/** Raises MESSAGE_TOO_LARGE: the operator, or Mon espace santé, would not take it. `size` in bytes. */
export function assertSize(size: number, limit: number): void {
  if (size <= limit) return;
  const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1).replace('.', ',');
  throw new PfiError(
    'MESSAGE_TOO_LARGE',
    'invalid',
    `Le message pèse ${megabytes(size)} Mo, la messagerie en accepte ${megabytes(limit)} : réduire le document, puis le renvoyer.`,
  );
}
