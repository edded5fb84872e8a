import { Readable, type Transform } from 'node:stream';

const [LF, CR, DOT] = Buffer.from('\n\r.');

/** The bytes of a mail as the library asks for them: knows how far they went. */
export class Handover extends Readable {
  begun = false;
  /** All of it is on its way, the final dot too. */
  whole = false;
  #at = 0;

  constructor(private readonly bytes: Buffer) {
    super({ highWaterMark: 256 * 1024 });
  }

  /**
   * The library looks for line ends and dots byte by byte (nodemailer 10.6, `DataStream`: 0.56 ms for 200 kB, an eighth of what the
   * gateway did). A mail in which nothing has to be escaped, as nearly all are, passes through it as it is.
   */
  override pipe<T extends NodeJS.WritableStream>(escaping: T): T {
    if (nothingToEscape(this.bytes)) {
      const asItIs: Pick<Transform, '_transform'> & { readonly lastByte: number } = {
        _transform: (chunk, _encoding, done) => done(null, chunk),
        lastByte: LF!,
      };
      Object.assign(escaping, asItIs);
    }
    return super.pipe(escaping);
  }

  override _read(size: number): void {
    this.begun = true;
    const slice = this.bytes.subarray(this.#at, this.#at + size);
    this.#at += slice.length;
    this.push(slice.length > 0 ? slice : null);
    if (slice.length === 0) this.whole = true;
  }
}

/** Every line ends with CRLF, the last one too; none begins with a dot, no CR or LF stands alone (RFC 5321 §2.3.8, §4.5.2). */
export function nothingToEscape(bytes: Buffer): boolean {
  if (bytes.length === 0 || bytes[0] === DOT || bytes.at(-1) !== LF) return false;
  for (let at = bytes.indexOf(LF!); at >= 0; at = bytes.indexOf(LF!, at + 1))
    if (bytes[at - 1] !== CR || bytes[at + 1] === DOT) return false;
  for (let at = bytes.indexOf(CR!); at >= 0; at = bytes.indexOf(CR!, at + 1)) if (bytes[at + 1] !== LF) return false;
  return true;
}
