import { PfiError } from '@pfi/health';

/** Longest line without its CRLF that is written here (RFC 5322 §2.1.1). */
const LINE = 76;
/** Control characters and the line ends of Unicode: what could begin a new header somewhere (B-50). */
const FORBIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ASCII = /^[\x20-\x7e]*$/;
const MESSAGE_ID = /^<[\x21-\x3b\x3d\x3f\x41-\x7e]{1,200}@[A-Za-z0-9.-]{1,200}>$/;

/** A field made of free text, encoded when it must be (RFC 2047). Raises HEADER_UNSAFE. */
export function textField(name: string, text: string): string {
  refuseUnsafe(name, text);
  const words = text.split(' ');
  const plain = ASCII.test(text) && !text.includes('=?') && words.every((word) => word.length < LINE - 2);
  return plain ? folded(`${name}:`, words) : folded(`${name}:`, encodedWords(text));
}

/** A field made of one mailbox; the address is written as it is, so it must have been validated. Raises HEADER_UNSAFE. */
export function mailboxField(name: string, address: string, displayName?: string): string {
  refuseUnsafe(name, address);
  if (!/^[^\s<>(),;:\\"[\]]+$/.test(address)) throw unsafe(name);
  if (displayName === undefined) return `${name}: <${address}>`;
  refuseUnsafe(name, displayName);
  const display =
    ASCII.test(displayName) && displayName.length < LINE - 10
      ? [`"${displayName.replace(/["\\]/g, '\\$&')}"`]
      : encodedWords(displayName);
  return folded(`${name}:`, [...display, `<${address}>`]);
}

/** A field of tokens and identifiers: ASCII without anything to encode. Raises HEADER_UNSAFE. */
export function plainField(name: string, value: string): string {
  if (!ASCII.test(value) || value.length > 900) throw unsafe(name);
  return `${name}: ${value}`;
}

export const isMessageId = (text: string): boolean => MESSAGE_ID.test(text);

function refuseUnsafe(name: string, text: string): void {
  if (FORBIDDEN.test(text)) throw unsafe(name);
}

const unsafe = (name: string): PfiError =>
  new PfiError(
    'HEADER_UNSAFE',
    'invalid',
    `L’en-tête ${name} du message contiendrait des caractères interdits : corriger le document à sa source, puis le renvoyer.`,
  );

/** 45 bytes give 60 characters of base64; with `=?utf-8?B?` and `?=`, 72 of the 75 allowed. */
const WORD_BYTES = 45;

function encodedWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word) + Buffer.byteLength(character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`);
}

function folded(name: string, words: readonly string[]): string {
  let lines = name;
  let length = name.length;
  for (const word of words) {
    // A line of nothing but spaces would be an obsolete form: empty words stay on their line.
    if (length + 1 + word.length > LINE && word !== '' && length > name.length) {
      lines += '\r\n';
      length = 0;
    }
    lines += ` ${word}`;
    length += 1 + word.length;
  }
  return lines;
}
