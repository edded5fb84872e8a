const SLASH = 0x2f;
const HASH = 0x23;
const LONGEST = 16;
/** First letters of the names that anybody here looks for; `#` starts one in disguise. */
const INITIALS = new Set(Buffer.from('JLERXGSIUOCP#'));
const DELIMITERS = new Set(Buffer.from('\0\t\n\f\r ()<>[]{}/%', 'latin1'));

/** A name object (`/JavaScript`), its `#xx` escapes undone, and the place of the byte after it. */
export interface PdfName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Every name in these bytes that may matter, wherever it stands: in objects, strings or the data of streams. Readers of PDF
 * follow the cross-reference table, so no part may be passed over because it looks like something else.
 */
export function* namesIn(bytes: Buffer): Generator<PdfName> {
  for (let at = bytes.indexOf(SLASH); at >= 0; at = bytes.indexOf(SLASH, at + 1)) {
    const first = bytes[at + 1];
    if (first === undefined || !INITIALS.has(first)) continue;
    const found = nameAt(bytes, at + 1);
    if (found) yield { ...found, start: at };
  }
}

function nameAt(bytes: Buffer, start: number): { name: string; end: number } | undefined {
  let name = '';
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (DELIMITERS.has(byte)) return { name, end: at };
    if (name.length === LONGEST) return undefined;
    const escaped = byte === HASH ? hexAt(bytes, at + 1) : undefined;
    name += String.fromCharCode(escaped ?? byte);
    at += escaped === undefined ? 1 : 3;
  }
  return { name, end: at };
}

function hexAt(bytes: Buffer, at: number): number | undefined {
  const text = bytes.toString('latin1', at, at + 2);
  return /^[0-9A-Fa-f]{2}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}
