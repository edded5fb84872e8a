/** Mails that come back, as operators and people write them. */

const text = (...lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'));
let count = 0;
/** Each mail is another one, as it is in life. */
const head = (subject: string, at = new Date()): string[] => {
  count += 1;
  return [
    'From: <postmaster@operateur.mssante.fr>',
    `Subject: ${subject}`,
    `Message-ID: <avis-${process.pid}-${count}@operateur.mssante.fr>`,
    `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
  ];
};

export interface DeliveryNotice {
  readonly action?: string;
  readonly status?: string;
  readonly diagnostic?: string;
  readonly messageId?: string;
  /** More of the original mail than its headers. */
  readonly returned?: string;
}

/** A delivery notice (RFC 3464), named by its envelope id. */
export function deliveryNotice(envid: string | null, notice: DeliveryNotice = {}): Buffer {
  const { action = 'delivered', status = '2.0.0', messageId, returned = '' } = notice;
  const { diagnostic = status.startsWith('2') ? `250 ${status} OK` : `550 ${status} non remis` } = notice;
  return text(
    ...head('Avis de remise'),
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b=_1"',
    '',
    '--b=_1',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Avis.',
    '--b=_1',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; operateur.mssante.fr',
    ...(envid === null ? [] : [`Original-Envelope-Id: ${envid}`]),
    '',
    'Final-Recipient: rfc822; 279035121518989@patient.mssante.fr',
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${diagnostic}`,
    '--b=_1',
    `Content-Type: ${returned === '' ? 'text/rfc822-headers' : 'message/rfc822'}`,
    '',
    ...(messageId === undefined ? [] : [`Message-ID: ${messageId}`]),
    'Subject: XDM/1.0/DDM+',
    '',
    returned,
    '--b=_1--',
    '',
  );
}

/** A read notice (RFC 8098). */
export const readNotice = (
  messageId: string,
  disposition = 'manual-action/MDN-sent-manually; displayed',
  at = new Date(),
): Buffer =>
  text(
    ...head('Accusé de lecture', at),
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="b=_2"',
    '',
    '--b=_2',
    'Content-Type: text/plain',
    '',
    'Lu.',
    '--b=_2',
    'Content-Type: message/disposition-notification',
    '',
    'Final-Recipient: rfc822; camille@cabinet.mssante.fr',
    `Original-Message-ID: ${messageId}`,
    `Disposition: ${disposition}`,
    '',
    '--b=_2--',
    '',
  );

/** « Message non distribué » in words, as Mon espace santé writes it. */
export const humanBounce = (messageId: string, sentence: string, subject = 'Message non distribué'): Buffer =>
  text(
    ...head(subject),
    `In-Reply-To: ${messageId}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Votre message n’a pas pu être remis.',
    sentence,
    '',
  );

/** What a person writes back. */
export const answerOf = (messageId: string): Buffer =>
  text(
    ...head('Re: XDM/1.0/DDM+Lettre'),
    `In-Reply-To: ${messageId}`,
    `References: <autre@ailleurs.mssante.fr> ${messageId}`,
    'Content-Type: text/plain',
    '',
    'Bien reçu.',
    '',
  );

/** Mail of another kind. */
export const otherMail = (subject = 'Maintenance de la messagerie'): Buffer =>
  text(...head(subject), 'Content-Type: text/plain', '', 'Dimanche.', '');

/** Bytes that are no mail. */
export const noMail = (): Buffer => {
  count += 1;
  return Buffer.from(`\u0000\u0001 rien ${process.pid} ${count}\r\n\r\n`);
};
