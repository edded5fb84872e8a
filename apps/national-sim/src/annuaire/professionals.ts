import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendLog } from '../state/append-log.js';

/** A professional of the directory, with the MSSanté mailboxes that are published. */
export interface Professional {
  /** 11 digits */
  readonly rpps: string;
  readonly addresses: readonly string[];
}

const known: readonly Professional[] = [
  { rpps: '10000000017', addresses: ['dr.annuaire@cabinet.mssante.fr'] },
  { rpps: '10000000025', addresses: [] },
];

/** Who the Annuaire Santé knows, kept over restarts. */
export class Professionals {
  readonly #log: AppendLog<Professional>;
  readonly #byRpps = new Map<string, Professional>();

  private constructor(log: AppendLog<Professional>, records: readonly Professional[]) {
    this.#log = log;
    for (const one of [...known, ...records]) this.#byRpps.set(one.rpps, one);
  }

  static async open(folder: string): Promise<Professionals> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { log, records } = await AppendLog.open<Professional>(join(folder, 'professionals.jsonl'));
    return new Professionals(log, records);
  }

  get(rpps: string): Professional | undefined {
    return this.#byRpps.get(rpps);
  }

  async set(professional: Professional): Promise<void> {
    await this.#log.append(professional);
    this.#byRpps.set(professional.rpps, professional);
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}
