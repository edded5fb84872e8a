import { deliveryIdOf } from './message-id.js';
import { DEFAULT_MIME_LIMITS, decodedWords, fieldsOf, readMime, textOf } from './mime-reader.js';
import type { Fields, MimeLimits, MimePart } from './mime-reader.js';
import type { DeliveryReport, Notice, ReadReport } from './notice.js';
import { withoutPersons } from './smtp-outcome.js';

/** A mail of the applicative mailbox. */
export interface ReadMail {
  /** With its angle brackets; null when there is none in that form. */
  readonly messageId: string | null;
  /** Null = not a notice: an answer of a person, or mail of another kind. */
  readonly notice: Notice | null;
  /** Message-IDs that it answers to. */
  readonly answersTo: readonly string[];
}

const actions = ['delivered', 'relayed', 'expanded', 'delayed', 'failed'] as const;
const ID = /<[^<>\s\p{Cc}]{1,300}>/gu;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Reads a received mail as far as it concerns us: a notice, or something for a person. Raises MailFault. */
export function readMail(raw: Buffer, limits: MimeLimits = DEFAULT_MIME_LIMITS): ReadMail {
  const mail = readMime(raw, limits);
  const one = (name: string): string => mail.fields.get(name)?.[0] ?? '';
  const answersTo = [...new Set(`${one('in-reply-to')} ${one('references')}`.match(ID) ?? [])].slice(0, 50);
  const notice =
    deliveryReport(mail, limits, answersTo) ?? readReport(mail, limits) ?? humanBounce(mail, limits, answersTo);
  return { messageId: one('message-id').match(ID)?.[0] ?? null, notice, answersTo };
}

function deliveryReport(mail: MimePart, limits: MimeLimits, answersTo: readonly string[]): DeliveryReport | null {
  const part = partOf(mail, 'message/delivery-status', 'message/global-delivery-status');
  if (!part) return null;
  const [ofMessage = new Map(), ...recipients] = textOf(part, limits)
    .split(/\r?\n[ \t]*\r?\n/)
    .map(fieldsOf)
    .filter((fields) => fields.size > 0);
  // A notice without fields of the message begins with those of the recipient.
  const recipient = recipients[0] ?? (ofMessage.has('action') ? ofMessage : undefined);
  const told = recipient?.get('action')?.[0]?.toLowerCase().trim();
  const action = actions.find((known) => known === told);
  if (!recipient || !action) return null;
  const envelope = ofMessage.get('original-envelope-id')?.[0]?.trim() ?? '';
  const diagnostic = recipient.get('diagnostic-code')?.[0] ?? '';
  return {
    kind: 'delivery',
    deliveryId: UUID.test(envelope) ? envelope.toLowerCase() : null,
    messageId: returnedMessageId(mail, limits) ?? answersTo[0] ?? null,
    action,
    status: /[245]\.\d{1,3}\.\d{1,3}/.exec(recipient.get('status')?.[0] ?? '')?.[0] ?? null,
    code: /(?:^|;\s*)([245]\d{2})\b/.exec(diagnostic)?.[1] ?? null,
    text: withoutPersons(diagnostic.replace(/^\s*[\w-]+\s*;/, '')) || null,
  };
}

function readReport(mail: MimePart, limits: MimeLimits): ReadReport | null {
  const part = partOf(mail, 'message/disposition-notification', 'message/global-disposition-notification');
  if (!part) return null;
  const fields = fieldsOf(textOf(part, limits));
  const [, type = '', modifier = ''] =
    /;\s*([\w-]+)\s*(?:\/\s*([\w-]+))?/.exec(fields.get('disposition')?.[0] ?? '') ?? [];
  if (type === '') return null;
  const date = new Date(mail.fields.get('date')?.[0] ?? '');
  return {
    kind: 'read',
    deliveryId: null,
    messageId: fields.get('original-message-id')?.[0]?.match(ID)?.[0] ?? returnedMessageId(mail, limits),
    disposition: type.toLowerCase(),
    failed: /^(error|failed|failure)$/i.test(modifier),
    at: Number.isNaN(date.getTime()) ? null : date,
  };
}

/** Subjects of mails that come back without a report a program can read (interop §6.3). */
const BOUNCES = [
  /message non distribu[ée]/i,
  /undelivered mail returned to sender/i,
  /^undeliverable\b/i,
  /^non remis\b/i,
];

/** Sentences of operators, and what they mean (RFC 3463). */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/ferm[ée]e|cl[ôo]tur[ée]e|d[ée]sactiv[ée]e|\bclosed\b|\bdisabled\b/i, '5.2.1'],
  [/introuvable|inconnue?\b|n['’]existe pas|not found|\bunknown\b|no such user/i, '5.1.1'],
  [/adresse[^.]{0,40}invalide|invalid address|bad address/i, '5.1.3'],
  [/trop (volumineux|lourd|gros)|taille maximale|too (big|large)|exceeds/i, '5.3.4'],
  [/bo[îi]te[^.]{0,40}pleine|quota|mailbox full/i, '5.2.2'],
];

function humanBounce(mail: MimePart, limits: MimeLimits, answersTo: readonly string[]): DeliveryReport | null {
  const subject = decodedWords(mail.fields.get('subject')?.[0] ?? '');
  const bounce = BOUNCES.findIndex((pattern) => pattern.test(subject.trim()));
  if (bounce < 0) return null;
  const part = mail.mediaType === 'text/plain' ? mail : partOf(mail, 'text/plain');
  const text = part ? textOf(part, limits) : '';
  const said = /\b5\.\d{1,3}\.\d{1,3}\b/.exec(text)?.[0] ?? MEANINGS.find(([pattern]) => pattern.test(text))?.[1];
  return {
    kind: 'delivery',
    deliveryId: null,
    messageId: returnedMessageId(mail, limits) ?? answersTo[0] ?? text.match(ID)?.find(deliveryIdOf) ?? null,
    action: 'failed',
    // Mon espace santé says « Undelivered Mail Returned to Sender » when a mail is too big.
    status: said ?? (bounce === 1 ? '5.3.4' : null),
    code: /\b5\d{2}\b/.exec(text)?.[0] ?? null,
    text: withoutPersons(text) || null,
  };
}

/** Message-ID in what was returned of the original mail. */
function returnedMessageId(mail: MimePart, limits: MimeLimits): string | null {
  const part = partOf(mail, 'message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers');
  if (!part) return null;
  const headers: Fields = fieldsOf(textOf(part, limits).split(/\r?\n\r?\n/, 1)[0] ?? '');
  return headers.get('message-id')?.[0]?.match(ID)?.[0] ?? null;
}

/** The first part of one of the types, the nearest to the top; never inside an attached message. */
function partOf(mail: MimePart, ...mediaTypes: readonly string[]): MimePart | undefined {
  const level = [...mail.parts];
  for (let part = level.shift(); part; part = level.shift()) {
    if (mediaTypes.includes(part.mediaType)) return part;
    level.push(...part.parts);
  }
  return undefined;
}
