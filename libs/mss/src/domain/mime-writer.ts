export interface MailAttachment {
  /** ASCII without quotes. */
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

const LINE_BYTES = 57;
const LINE_CHARACTERS = 76;
/** Encoded at once, so that neither a call a line nor a second copy of the whole is paid for. */
const BLOCK_LINES = 64;
const CR = 13;
const LF = 10;

/**
 * The bytes of a mail: multipart/mixed of a text and attachments, all in base64. So no line is long, starts with a dot or holds a
 * bare CR or LF, whatever the contents (B-51), and the text arrives byte for byte.
 * @param boundary never found in base64: must hold a character outside its alphabet
 */
export function writeMime(
  headers: readonly string[],
  text: string,
  attachments: readonly MailAttachment[],
  boundary: string,
): Buffer {
  const head = [
    ...headers,
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    '',
  ].join('\r\n');
  const parts = [
    { head, bytes: Buffer.from(lineEnds(text)) },
    ...attachments.map(({ name, mediaType, bytes }) => ({
      head: [
        `--${boundary}`,
        `Content-Type: ${mediaType}; name="${name}"`,
        `Content-Disposition: attachment; filename="${name}"`,
        'Content-Transfer-Encoding: base64',
        '',
        '',
      ].join('\r\n'),
      bytes,
    })),
  ];
  const end = `--${boundary}--\r\n`;
  const size = parts.reduce((sum, part) => sum + part.head.length + encodedSize(part.bytes), end.length);
  // One buffer for the whole: mails are the largest things that this process makes, and copies of them its largest waste.
  const mail = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const part of parts) {
    at += mail.write(part.head, at, 'latin1');
    at = writeBase64Lines(part.bytes, mail, at);
  }
  mail.write(end, at, 'latin1');
  return mail;
}

/** CRLF whatever the line ends were; control characters that no text holds are left out. */
export const lineEnds = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|\n|\u2028|\u2029/g, '\r\n')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');

function encodedSize({ length }: Uint8Array): number {
  return Math.ceil(length / 3) * 4 + Math.ceil(length / LINE_BYTES) * 2;
}

/** Lines of 76 characters, each ended by CRLF. @returns the place after them */
function writeBase64Lines(bytes: Uint8Array, mail: Buffer, at: number): number {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const block = Buffer.allocUnsafe(BLOCK_LINES * LINE_CHARACTERS);
  let to = at;
  for (let from = 0; from < view.length; from += BLOCK_LINES * LINE_BYTES) {
    const encoded = block.write(view.toString('base64', from, from + BLOCK_LINES * LINE_BYTES), 'latin1');
    for (let start = 0; start < encoded; start += LINE_CHARACTERS) {
      to += block.copy(mail, to, start, Math.min(start + LINE_CHARACTERS, encoded));
      mail[to] = CR;
      mail[to + 1] = LF;
      to += 2;
    }
  }
  return to;
}
