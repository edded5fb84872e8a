import { isAscii, isUtf8 } from 'node:buffer';

/** A character set of MSH-18. */
export interface Charset {
  /** As MSH-18 names it (HL7 table 0211). */
  readonly name: string;
  /** Are these bytes text in this set? NUL is text in none. */
  accepts(bytes: Buffer): boolean;
  decode(bytes: Buffer): string;
  /** Characters that the set does not have become `?`. */
  encode(text: string): Buffer;
}

const latin9 = new TextDecoder('iso-8859-15');
const latin9Bytes = new Map(
  [0xa4, 0xa6, 0xa8, 0xb4, 0xb8, 0xbc, 0xbd, 0xbe].map((byte) => [latin9.decode(Uint8Array.of(byte)), byte] as const),
);
const latin9Missing = new Set('¤¦¨´¸¼½¾');

const utf8: Charset = {
  name: 'UNICODE UTF-8',
  accepts: (bytes) => isUtf8(bytes) && !bytes.includes(0),
  decode: (bytes) => bytes.toString('utf8'),
  encode: (text) => Buffer.from(text, 'utf8'),
};

const iso1: Charset = {
  name: '8859/1',
  accepts: isLatin,
  decode: (bytes) => bytes.toString('latin1'),
  encode: (text) => Buffer.from(text.replace(/[^\u0000-\u00ff]/gu, '?'), 'latin1'),
};

const iso15: Charset = {
  name: '8859/15',
  accepts: isLatin,
  decode: (bytes) => latin9.decode(bytes),
  encode: (text) => {
    const oneByte = text.replace(/[^\u0000-\u00ff]|[¤¦¨´¸¼½¾]/gu, (character) => {
      const byte = latin9Bytes.get(character);
      return byte !== undefined && !latin9Missing.has(character) ? String.fromCharCode(byte) : '?';
    });
    return Buffer.from(oneByte, 'latin1');
  },
};

const byName: ReadonlyMap<string, Charset> = new Map([
  ['', utf8],
  ['ASCII', utf8],
  ['UTF-8', utf8],
  ['UNICODE UTF-8', utf8],
  ['8859/1', iso1],
  ['8859/15', iso15],
]);

/** The set that MSH-18 names; empty means UTF-8. Undefined when the platform does not know it. */
export function charsetNamed(name: string): Charset | undefined {
  return byName.get(name.trim().toUpperCase());
}

/**
 * No byte is impossible in a Latin set, so two signs tell a wrong declaration: accents that form valid UTF-8, and C1 controls
 * (Windows-1252 in disguise).
 */
function isLatin(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  if (isAscii(bytes)) return true;
  return !isUtf8(bytes) && !bytes.some((byte) => byte >= 0x80 && byte <= 0x9f);
}
