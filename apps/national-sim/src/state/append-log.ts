import { open, type FileHandle } from 'node:fs/promises';

/** Records, one JSON line each, that outlive a killed process: `append` resolves once the line is in the file. */
export class AppendLog<T> {
  readonly #file: FileHandle;
  #pending: string[] = [];
  #written: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Reads what is there; a last line that a kill cut short is removed. */
  static async open<T>(path: string): Promise<{ log: AppendLog<T>; records: T[] }> {
    const file = await open(path, 'a+', 0o600);
    const bytes = await file.readFile();
    const complete = bytes.lastIndexOf(0x0a) + 1;
    if (complete < bytes.length) await file.truncate(complete);
    const lines = bytes.toString('utf8', 0, complete).split('\n');
    return {
      log: new AppendLog<T>(file),
      records: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T),
    };
  }

  append(record: T): Promise<void> {
    this.#pending.push(`${JSON.stringify(record)}\n`);
    // Records that arrive while a write runs share the next one.
    this.#written = this.#written.then(() => this.#flush());
    return this.#written;
  }

  async close(): Promise<void> {
    await this.#written.finally(() => this.#file.close());
  }

  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const lines = this.#pending.join('');
    this.#pending = [];
    await this.#file.appendFile(lines);
  }
}
