const SLASH = 0x2f;
const LONGEST = 16;
/** First letters of the names that anybody here looks for; `#` starts one in disguise. */
const INITIALS = tableOf('JLERXGSIUOCP#');
const DELIMITERS = tableOf('\0\t\n\f\r ()<>[]{}/%');

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
    if (INITIALS[bytes[at + 1] ?? 0] === 0) continue;
    const end = endOfName(bytes, at + 1);
    if (end === undefined) continue;
    const written = bytes.toString('latin1', at + 1, end);
    yield { name: written.includes('#') ? unescaped(written) : written, start: at, end };
  }
}

/** Undefined when the name is longer than any that matters, even written in escapes. */
function endOfName(bytes: Buffer, start: number): number | undefined {
  const last = Math.min(bytes.length, start + 3 * LONGEST);
  let at = start;
  while (at < last && DELIMITERS[bytes[at] as number] === 0) at += 1;
  return at === last && at < bytes.length ? undefined : at;
}

const unescaped = (written: string): string =>
  written.replace(/#([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters, 'latin1')) table[byte] = 1;
  return table;
}
