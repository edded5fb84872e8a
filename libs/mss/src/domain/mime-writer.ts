export interface MailAttachment {
  /** ASCII without quotes. */
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

const LINE_BYTES = 57;
const LINE_CHARACTERS = 76;
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
  return Buffer.concat([
    Buffer.from(head, 'latin1'),
    base64Lines(Buffer.from(lineEnds(text))),
    ...attachments.flatMap(({ name, mediaType, bytes }) => [
      Buffer.from(
        [
          `--${boundary}`,
          `Content-Type: ${mediaType}; name="${name}"`,
          `Content-Disposition: attachment; filename="${name}"`,
          'Content-Transfer-Encoding: base64',
          '',
          '',
        ].join('\r\n'),
        'latin1',
      ),
      base64Lines(bytes),
    ]),
    Buffer.from(`--${boundary}--\r\n`, 'latin1'),
  ]);
}

/** CRLF whatever the line ends were; control characters that no text holds are left out. */
export const lineEnds = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|\n|\u2028|\u2029/g, '\r\n')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');

/** Lines of 76 characters, each ended by CRLF. */
function base64Lines(bytes: Uint8Array): Buffer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines = Math.ceil(view.length / LINE_BYTES);
  const lastLine = view.length - (lines - 1) * LINE_BYTES;
  const size = lines === 0 ? 0 : (lines - 1) * (LINE_CHARACTERS + 2) + Math.ceil(lastLine / 3) * 4 + 2;
  const written = Buffer.allocUnsafe(size);
  // The whole in one call, then spread over lines: one call a line costs three times as much.
  const encoded = Buffer.from(view.toString('base64'), 'latin1');
  let to = 0;
  for (let from = 0; from < encoded.length; from += LINE_CHARACTERS) {
    to += encoded.copy(written, to, from, Math.min(from + LINE_CHARACTERS, encoded.length));
    written[to] = CR;
    written[to + 1] = LF;
    to += 2;
  }
  return written;
}
