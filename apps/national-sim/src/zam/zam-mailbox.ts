import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Zam } from '@pfi/hl7v2';
import { AppendLog } from '../state/append-log.js';

/** A business acknowledgement as a hospital application received it. */
export interface ReceivedZam extends Zam {
  readonly receivedAt: string;
  /** MSH-5 and MSH-6: the application that it is for. */
  readonly application: string;
  readonly facility: string;
}

/** The ZAM messages that came, kept over restarts. */
export class ZamMailbox {
  readonly #log: AppendLog<ReceivedZam>;
  readonly #received: ReceivedZam[];

  private constructor(log: AppendLog<ReceivedZam>, received: ReceivedZam[]) {
    this.#log = log;
    this.#received = received;
  }

  static async open(folder: string): Promise<ZamMailbox> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { log, records } = await AppendLog.open<ReceivedZam>(join(folder, 'zam.jsonl'));
    return new ZamMailbox(log, records);
  }

  async add(zam: ReceivedZam): Promise<void> {
    await this.#log.append(zam);
    this.#received.push(zam);
  }

  /** Oldest first. */
  find(filter: { readonly originalControlId?: string; readonly application?: string }): ReceivedZam[] {
    const { originalControlId, application } = filter;
    return this.#received.filter(
      (zam) =>
        (originalControlId === undefined || zam.originalControlId === originalControlId) &&
        (application === undefined || zam.application === application),
    );
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}
