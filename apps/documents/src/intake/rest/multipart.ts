import { pipeline } from 'node:stream/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { bodyInvalid, HttpProblem } from '@pfi/platform-http';
import busboy from 'busboy';

export const MAX_FILE_BYTES = 20 * 1024 * 1024;
const MAX_METADATA_BYTES = 256 * 1024;
/** What is still read of a body that is too large, so that its sender hears why. */
const MAX_BODY_BYTES = 3 * MAX_FILE_BYTES;

/** The two parts of a deposit, as bytes. */
export interface DepositParts {
  readonly metadata: Buffer;
  readonly file: Buffer;
  /** Lower case, without parameters. */
  readonly mediaType: string;
}

export const documentTooLarge = (): HttpProblem =>
  new HttpProblem(413, 'DOCUMENT_TOO_LARGE', 'Le document dépasse 20 Mio : le réduire avant de le déposer.', {
    pointer: '/file',
  });

/**
 * Reads `multipart/form-data` with exactly one part `metadata` and one part `file`, within limits.
 * Raises MEDIA_TYPE_UNSUPPORTED (415), BODY_INVALID (400), DOCUMENT_TOO_LARGE (413).
 */
export async function readDepositParts(request: IncomingMessage): Promise<DepositParts> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw documentTooLarge();
  const parts = new Map<string, Part>();
  const reader = openReader(request);
  const take = (name: string, part: Part) => {
    if (name !== 'metadata' && name !== 'file')
      throw bodyInvalid('Seules les parties « metadata » et « file » sont attendues.', '');
    if (parts.has(name)) throw bodyInvalid(`La partie « ${name} » est présente deux fois.`, `/${name}`);
    parts.set(name, part);
  };
  const attempt = (run: () => void) => {
    try {
      run();
    } catch (error) {
      reader.destroy(error as Error);
    }
  };
  reader.on('field', (name, value, info) =>
    attempt(() => take(name, new Part(info.mimeType, Buffer.from(value), info.valueTruncated))),
  );
  reader.on('file', (name, stream, info) => {
    stream.on('error', (error) => reader.destroy(error));
    attempt(() => {
      const part = new Part(info.mimeType);
      take(name, part);
      part.readFrom(stream, name === 'metadata' ? MAX_METADATA_BYTES : MAX_FILE_BYTES, () =>
        reader.destroy(documentTooLarge()),
      );
    });
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
    reader.on(limit, () => reader.destroy(bodyInvalid('Le formulaire a plus de deux parties.', '')));
  try {
    await pipeline(request, reader);
  } catch (error) {
    throw error instanceof HttpProblem
      ? error
      : bodyInvalid('Le formulaire n’est pas lisible (multipart/form-data).', '');
  }
  return complete(parts);
}

function openReader(request: IncomingMessage): busboy.Busboy {
  if (!/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? ''))
    throw new HttpProblem(415, 'MEDIA_TYPE_UNSUPPORTED', 'Envoyez un formulaire multipart/form-data.');
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: {
        fieldSize: MAX_METADATA_BYTES,
        fields: 2,
        files: 2,
        parts: 3,
        fileSize: MAX_FILE_BYTES,
        headerPairs: 20,
      },
    });
  } catch {
    throw bodyInvalid('Le formulaire n’a pas de séparateur (boundary).', '');
  }
}

function complete(parts: ReadonlyMap<string, Part>): DepositParts {
  const metadata = parts.get('metadata');
  const file = parts.get('file');
  if (!metadata) throw bodyInvalid('La partie « metadata » est absente.', '/metadata');
  if (!file) throw bodyInvalid('La partie « file » est absente.', '/file');
  if (metadata.truncated) throw bodyInvalid('La partie « metadata » dépasse 256 Kio.', '/metadata');
  if (file.truncated) throw documentTooLarge();
  return { metadata: metadata.bytes(), file: file.bytes(), mediaType: file.mediaType };
}

class Part {
  readonly mediaType: string;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    mediaType: string,
    bytes?: Buffer,
    public truncated = false,
  ) {
    this.mediaType = mediaType.toLowerCase();
    if (bytes) this.#chunks.push(bytes);
  }

  /** What is over the limit is read and thrown away, up to a point at which `endless` is called. */
  readFrom(stream: Readable, limit: number, endless: () => void): void {
    stream.on('limit', () => (this.truncated = true));
    stream.on('data', (chunk: Buffer) => {
      this.#size += chunk.length;
      if (this.#size > MAX_BODY_BYTES) endless();
      else if (this.#size > limit) {
        this.truncated = true;
        this.#chunks = [];
      } else this.#chunks.push(chunk);
    });
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
