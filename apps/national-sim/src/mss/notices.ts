import { randomUUID } from 'node:crypto';

/** The operator, as it names itself. */
export const operatorDomain = 'operateur-simule.mssante.fr';
const postmaster = `postmaster@${operatorDomain}`;

/** What became of a mail for one recipient (RFC 3464). */
export interface DeliveryOutcome {
  readonly action: 'delivered' | 'relayed' | 'failed';
  /** RFC 3463 */
  readonly status: string;
  /** Answer of the recipient's server, as in `552 5.2.2 …`. */
  readonly diagnostic: string;
  /** Sentences for a person, in French; replaces the usual subject and text. */
  readonly notice?: { readonly subject: string; readonly text: string };
}

export interface OriginalMail {
  readonly recipient: string;
  readonly messageId: string;
  readonly raw: Buffer;
  readonly ret: string | null;
  readonly envid: string | null;
  readonly orcpt: string | null;
  readonly arrivedAt: string;
}

/** Larger mails come back by their headers only, whatever was asked. */
const maxReturnedBytes = 1_000_000;

/** A delivery status notification: multipart/report (RFC 3462, RFC 3464) to the envelope sender. */
export function deliveryNotice(to: string, mail: OriginalMail, outcome: DeliveryOutcome, at: Date): Buffer {
  const { action, status, diagnostic, notice } = outcome;
  const subject =
    notice?.subject ?? (action === 'failed' ? 'Undelivered Mail Returned to Sender' : 'Remise du message');
  const text =
    notice?.text ??
    (action === 'failed'
      ? `Le message n’a pas pu être remis à ${mail.recipient} : ${diagnostic}`
      : `Le message a été remis à ${mail.recipient}.`);
  const fields = lines(
    `Reporting-MTA: dns; ${operatorDomain}`,
    mail.envid === null ? null : `Original-Envelope-Id: ${decodeXtext(mail.envid)}`,
    `Arrival-Date: ${rfc5322(new Date(mail.arrivedAt))}`,
    '',
    mail.orcpt === null ? null : `Original-Recipient: ${decodeXtext(mail.orcpt)}`,
    `Final-Recipient: rfc822; ${mail.recipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${asciiOnly(diagnostic)}`,
    `Last-Attempt-Date: ${rfc5322(at)}`,
  );
  const whole = action === 'failed' && mail.ret === 'FULL' && mail.raw.length <= maxReturnedBytes;
  const returned = whole ? mail.raw : headersOf(mail.raw);
  return report({
    ...{
      from: postmaster,
      to,
      subject,
      text,
      at,
      type: 'delivery-status',
      mediaType: 'message/delivery-status',
      fields,
    },
    returned: { mediaType: whole ? 'message/rfc822' : 'text/rfc822-headers', bytes: returned },
    headers: [`Auto-Submitted: auto-replied`, `In-Reply-To: ${mail.messageId}`],
  });
}

/** A disposition notification (RFC 8098): the recipient opened the mail. */
export function readNotice(to: string, mail: OriginalMail, at: Date): Buffer {
  const fields = lines(
    `Reporting-UA: ${operatorDomain}; messagerie simulee`,
    mail.orcpt === null ? null : `Original-Recipient: ${decodeXtext(mail.orcpt)}`,
    `Final-Recipient: rfc822; ${mail.recipient}`,
    `Original-Message-ID: ${mail.messageId}`,
    'Disposition: manual-action/MDN-sent-manually; displayed',
  );
  return report({
    ...{ from: mail.recipient, to, at, type: 'disposition-notification', fields },
    subject: 'Accusé de lecture',
    text: `Le message a été ouvert par ${mail.recipient}.`,
    mediaType: 'message/disposition-notification',
    returned: { mediaType: 'text/rfc822-headers', bytes: headersOf(mail.raw) },
    headers: [`Auto-Submitted: auto-replied`, `In-Reply-To: ${mail.messageId}`, `References: ${mail.messageId}`],
  });
}

interface Report {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly at: Date;
  readonly type: string;
  readonly mediaType: string;
  readonly fields: string;
  readonly returned: { readonly mediaType: string; readonly bytes: Buffer };
  readonly headers: readonly string[];
}

function report({ from, to, subject, text, at, type, mediaType, fields, returned, headers }: Report): Buffer {
  const boundary = `=_${randomUUID()}`;
  const head = lines(
    'Return-Path: <>',
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: ${encodedWord(subject)}`,
    `Date: ${rfc5322(at)}`,
    `Message-ID: <${randomUUID()}@${operatorDomain}>`,
    ...headers,
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${type};\r\n boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(`${text}\r\n`).toString('base64').replaceAll(/.{76}/g, '$&\r\n'),
    `--${boundary}`,
    `Content-Type: ${mediaType}`,
    '',
    fields,
    `--${boundary}`,
    `Content-Type: ${returned.mediaType}`,
    '',
  );
  return Buffer.concat([Buffer.from(`${head}\r\n`), returned.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

const lines = (...all: readonly (string | null)[]): string => all.filter((line) => line !== null).join('\r\n');

const rfc5322 = (at: Date): string => at.toUTCString().replace('GMT', '+0000');

const encodedWord = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;

const asciiOnly = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('’', "'")
    .replaceAll(/[^ -~]/g, '?');

const decodeXtext = (text: string): string =>
  text.replaceAll(/\+([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function headersOf(raw: Buffer): Buffer {
  const end = raw.indexOf('\r\n\r\n');
  return end < 0 ? raw.subarray(0, 0) : raw.subarray(0, end + 2);
}
