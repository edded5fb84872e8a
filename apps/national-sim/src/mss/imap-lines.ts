import type { Duplex } from 'node:stream';

const maxLineBytes = 8_192;

/** Reads command lines one at a time, and leaves all that follows where it is. */
export class ImapLines {
  #pending: Buffer = Buffer.alloc(0);

  constructor(private readonly stream: Duplex) {}

  /** Null at the end of the connection, or for a line that is too long. */
  async next(): Promise<string | null> {
    for (;;) {
      const end = this.#pending.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#pending.toString('utf8', 0, end);
        this.#pending = this.#pending.subarray(end + 2);
        return line;
      }
      if (this.#pending.length > maxLineBytes) return null;
      const chunk = await this.#read();
      if (!chunk) return null;
      this.#pending = Buffer.concat([this.#pending, chunk]);
    }
  }

  /** What was received and not read as a line. */
  rest(): Buffer {
    return this.#pending;
  }

  #read(): Promise<Buffer | null> {
    const { stream } = this;
    return new Promise((resolve) => {
      const settle = (chunk: Buffer | null): void => {
        stream.off('readable', attempt).off('end', ended).off('close', ended);
        resolve(chunk);
      };
      const ended = (): void => settle(null);
      const attempt = (): void => {
        const chunk = stream.read() as Buffer | null;
        if (chunk) settle(chunk);
        else if (stream.destroyed || stream.readableEnded) ended();
      };
      stream.on('readable', attempt).on('end', ended).on('close', ended);
      attempt();
    });
  }
}

/** Words of a command: atoms and quoted strings; null when it holds something else (a literal). */
export function wordsOf(line: string): string[] | null {
  const words: string[] = [];
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"{}]+))/y;
  while (word.lastIndex < line.trimEnd().length) {
    const match = word.exec(line);
    if (!match) return null;
    words.push(match[1]?.replaceAll(/\\(.)/g, '$1') ?? match[2] ?? '');
  }
  return words;
}
