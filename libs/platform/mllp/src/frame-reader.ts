import type { MllpFaultCode } from './mllp.types.js';

const START = 0x0b;
const END = 0x1c;
const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);
const BLOCK_BYTES = 64 * 1024;

/** A peer broke the framing; the connection cannot go on. */
export class FrameFault extends Error {
  constructor(readonly code: MllpFaultCode) {
    super(code);
  }
}

/**
 * Cuts a byte stream into MLLP frames `0x0B … 0x1C 0x0D` (HL7 v2 Transport, Release 1). Each byte is looked at once and copied
 * at most twice, whatever the size of the chunks. Line ends between two frames are tolerated, nothing else.
 */
export class FrameReader {
  readonly #maxFrameBytes: number;
  #unread: Buffer = NOTHING;
  #parts: Buffer[] = [];
  #block: Buffer | undefined;
  #blockUsed = 0;
  #size = 0;
  #started = false;
  #endPending = false;
  #afterFrame = false;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes held in memory. */
  get buffered(): number {
    return this.#size + this.#unread.length;
  }

  /** A start block was read and its end block not yet. */
  get inFrame(): boolean {
    return this.#started;
  }

  push(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
  }

  /** The next whole frame, or undefined when more bytes are needed. Throws {@link FrameFault}. */
  next(): Buffer | undefined {
    if (!this.#started && !this.#findStart()) return undefined;
    if (this.#endPending && this.#unread.length > 0) {
      this.#endPending = false;
      if (this.#unread[0] === CR) return this.#finish(NOTHING, 1);
      this.#keep(Buffer.of(END));
    }
    for (let from = 0; ;) {
      const at = this.#unread.indexOf(END, from);
      if (at === -1 || at === this.#unread.length - 1) {
        this.#keep(at === -1 ? this.#unread : this.#unread.subarray(0, at));
        this.#endPending ||= at !== -1;
        this.#unread = NOTHING;
        return undefined;
      }
      if (this.#unread[at + 1] === CR) return this.#finish(this.#unread.subarray(0, at), at + 2);
      from = at + 1;
    }
  }

  /** The first bytes of what was received since the last whole frame. */
  head(maxBytes: number): Buffer {
    this.#closeBlock();
    const parts: Buffer[] = [];
    let left = maxBytes;
    for (const part of [...(this.#started ? [Buffer.of(START)] : []), ...this.#parts, this.#unread]) {
      if (left <= 0) break;
      parts.push(part.subarray(0, left));
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  #findStart(): boolean {
    let at = 0;
    if (this.#afterFrame) {
      while (this.#unread[at] === CR || this.#unread[at] === LF) at++;
    }
    this.#unread = this.#unread.subarray(at);
    if (this.#unread.length === 0) return false;
    if (this.#unread[0] !== START) throw new FrameFault('MLLP_PROTOCOL');
    this.#unread = this.#unread.subarray(1);
    this.#started = true;
    return true;
  }

  #check(part: Buffer): void {
    if (this.#size + part.length > this.#maxFrameBytes) throw new FrameFault('MLLP_FRAME_TOO_LARGE');
    if (part.includes(START)) throw new FrameFault('MLLP_PROTOCOL');
  }

  // Small parts are gathered in blocks: a peer that sends byte by byte must not cost one Buffer object a byte.
  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#check(part);
    this.#size += part.length;
    if (part.length >= BLOCK_BYTES / 2) {
      this.#closeBlock();
      this.#parts.push(part);
      return;
    }
    if (this.#block && this.#blockUsed + part.length > this.#block.length) this.#closeBlock();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    part.copy(this.#block, this.#blockUsed);
    this.#blockUsed += part.length;
  }

  #closeBlock(): void {
    if (this.#block) this.#parts.push(this.#block.subarray(0, this.#blockUsed));
    this.#block = undefined;
    this.#blockUsed = 0;
  }

  #finish(last: Buffer, consumed: number): Buffer {
    this.#check(last);
    this.#closeBlock();
    const frame = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last], this.#size + last.length);
    this.#unread = this.#unread.subarray(consumed);
    this.#parts = [];
    this.#size = 0;
    this.#started = false;
    this.#afterFrame = true;
    return frame;
  }
}

/** The bytes of a message inside its envelope. */
export function wrapFrame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 3);
  framed[0] = START;
  message.copy(framed, 1);
  framed[message.length + 1] = END;
  framed[message.length + 2] = CR;
  return framed;
}
