/** A received mail that is not read on. `MIME_LIMIT`: too much of something (B-52); `MAIL_UNREADABLE`: no mail at all. */
export class MailFault extends Error {
  override readonly name = 'MailFault';

  constructor(readonly code: 'MIME_LIMIT' | 'MAIL_UNREADABLE') {
    super(code);
  }
}

export interface MimeLimits {
  readonly levels: number;
  readonly parts: number;
  /** Of one part, bytes. */
  readonly headerBytes: number;
  readonly headerLines: number;
  /** Of a text that is decoded, bytes. */
  readonly textBytes: number;
}

export const DEFAULT_MIME_LIMITS: MimeLimits = {
  levels: 10,
  parts: 100,
  headerBytes: 64_000,
  headerLines: 500,
  textBytes: 200_000,
};

/** Names in lower case, unfolded values in order. */
export type Fields = ReadonlyMap<string, readonly string[]>;

export interface MimePart {
  readonly fields: Fields;
  /** `text/plain`, in lower case. */
  readonly mediaType: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Still encoded. */
  readonly body: Buffer;
  /** Of a multipart. */
  readonly parts: readonly MimePart[];
}

/** The structure of a mail; nothing is decoded, attachments least of all. Raises MailFault. */
export function readMime(raw: Buffer, limits: MimeLimits = DEFAULT_MIME_LIMITS): MimePart {
  let parts = 0;
  const read = (bytes: Buffer, level: number): MimePart => {
    parts += 1;
    if (level > limits.levels || parts > limits.parts) throw new MailFault('MIME_LIMIT');
    const { fields, body } = splitHeader(bytes, limits, level === 1);
    const { value, parameters } = parseContentType(fields.get('content-type')?.[0]);
    const boundary = parameters.get('boundary');
    const children =
      value.startsWith('multipart/') && boundary
        ? bodiesBetween(body, boundary, limits.parts - parts).map((child) => read(child, level + 1))
        : [];
    return { fields, mediaType: value, parameters, body, parts: children };
  };
  return read(raw, 1);
}

/** The text of a part, decoded, cut at the limit. */
export function textOf({ fields, body, parameters }: MimePart, limits: MimeLimits = DEFAULT_MIME_LIMITS): string {
  const bytes = body.subarray(0, limits.textBytes);
  const encoding = (fields.get('content-transfer-encoding')?.[0] ?? '').trim().toLowerCase();
  const decoded =
    encoding === 'base64'
      ? Buffer.from(bytes.toString('latin1'), 'base64')
      : encoding === 'quoted-printable'
        ? quotedPrintable(bytes)
        : bytes;
  const charset = (parameters.get('charset') ?? 'utf-8').toLowerCase();
  return decoded.toString(/^(iso-8859-|windows-125)/.test(charset) ? 'latin1' : 'utf8');
}

/** Lines `name: value`, as in a header, of a text. */
export function fieldsOf(text: string): Fields {
  const fields = new Map<string, string[]>();
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const values = fields.get(name);
    if (values) values.push(line.slice(colon + 1).trim());
    else fields.set(name, [line.slice(colon + 1).trim()]);
  }
  return fields;
}

/** Encoded words of a header value (RFC 2047) as text. */
export const decodedWords = (value: string): string =>
  value
    .replace(/(=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)\s+(?==\?)/g, '$1')
    .replace(/=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=/g, (_all, charset: string, kind: string, text: string) => {
      const bytes =
        kind.toLowerCase() === 'b'
          ? Buffer.from(text, 'base64')
          : quotedPrintable(Buffer.from(text.replaceAll('_', ' '), 'latin1'));
      return bytes.toString(/^(iso-8859-|windows-125)/i.test(charset) ? 'latin1' : 'utf8');
    });

function splitHeader(bytes: Buffer, limits: MimeLimits, whole: boolean): { fields: Fields; body: Buffer } {
  // Of a part, the header may be empty: its blank line then comes first.
  const first = bytes[0] === 10 ? 1 : bytes[0] === 13 && bytes[1] === 10 ? 2 : 0;
  if (first > 0 && !whole) return { fields: new Map(), body: bytes.subarray(first) };
  const head = bytes.subarray(0, limits.headerBytes + 4);
  const crlf = head.indexOf('\r\n\r\n');
  const lf = head.indexOf('\n\n');
  const [end, gap] = crlf >= 0 && (lf < 0 || crlf < lf) ? [crlf, 4] : [lf, 2];
  if (end < 0 && bytes.length > limits.headerBytes) throw new MailFault('MIME_LIMIT');
  const text = headerText(bytes.subarray(0, end < 0 ? bytes.length : end));
  if (countLines(text) > limits.headerLines) throw new MailFault('MIME_LIMIT');
  const fields = fieldsOf(text);
  if (whole && fields.size === 0) throw new MailFault('MAIL_UNREADABLE');
  return { fields, body: end < 0 ? bytes.subarray(bytes.length) : bytes.subarray(end + gap) };
}

/** Headers that hold bytes beyond ASCII are UTF-8 (RFC 6532), else of an old program. */
function headerText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function parseContentType(value = 'text/plain'): { value: string; parameters: Map<string, string> } {
  const text = value.slice(0, 2_000);
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, token] of text.matchAll(/;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/g))
    parameters.set(name.toLowerCase(), quoted === undefined ? (token ?? '') : quoted.replace(/\\(.)/g, '$1'));
  return { value: (text.split(';')[0] ?? '').trim().toLowerCase(), parameters };
}

const HYPHEN = 45;

/** Contents between the lines of a boundary; more than `limit` of them are a MailFault. */
function bodiesBetween(body: Buffer, boundary: string, limit: number): Buffer[] {
  const mark = Buffer.from(`--${boundary}`, 'latin1');
  const found: Buffer[] = [];
  let start = -1;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    if ((at > 0 && body[at - 1] !== 10) || !endsLine(body, at + mark.length)) continue;
    if (start >= 0) found.push(body.subarray(start, withoutLineEnd(body, start, at)));
    if (found.length > limit) throw new MailFault('MIME_LIMIT');
    const after = at + mark.length;
    const lineEnd = body.indexOf(10, after);
    const closing = body[after] === HYPHEN && body[after + 1] === HYPHEN;
    start = closing || lineEnd < 0 ? -1 : lineEnd + 1;
    if (closing) return found;
  }
  if (start >= 0) found.push(body.subarray(start));
  return found;
}

/** Of a boundary that is the beginning of another one, only the line that holds no more is meant (RFC 2046 §5.1.1). */
function endsLine(body: Buffer, from: number): boolean {
  let at = body[from] === HYPHEN && body[from + 1] === HYPHEN ? from + 2 : from;
  while (body[at] === 32 || body[at] === 9 || body[at] === 13) at += 1;
  return at >= body.length || body[at] === 10;
}

const withoutLineEnd = (body: Buffer, start: number, at: number): number =>
  Math.max(start, body[at - 2] === 13 ? at - 2 : at - 1);

function quotedPrintable(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/=\r?\n/g, '');
  return Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}
