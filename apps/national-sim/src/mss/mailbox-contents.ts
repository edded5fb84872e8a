import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppendLog } from '../state/append-log.js';

/** Where the mails of a mailbox are read by IMAP. */
export interface ImapStore {
  /** Rejects when the mail could not be put there; with `StoreRefusal` when the store said so itself. */
  append(address: string, raw: Buffer): Promise<void>;
  close(): void;
}

/** The store was asked, and said no to this mail. */
export class StoreRefusal extends Error {}

export interface PutMail {
  readonly id: string;
  readonly address: string;
  readonly at: string;
  readonly raw: Buffer;
}

type StoredRecord =
  | { readonly id: string; readonly address: string; readonly at: string; readonly base64: string }
  | { readonly id: string; readonly stored: true }
  | { readonly id: string; readonly refused: string };

/** A store that is in trouble says no, too: only then is a mail one that it never takes. */
const refusalsOfOneMail = 5;
const firstPauseMs = 200;
const lastPauseMs = 5_000;

/**
 * What the operator put in the mailboxes of its customers: notices, answers. Each mail is kept in a file, then given to the
 * IMAP store one after the other, as often as it takes.
 */
export class MailboxContents {
  readonly #log: AppendLog<StoredRecord>;
  readonly #imap: ImapStore | null;
  readonly #mails: PutMail[] = [];
  readonly #closing = new AbortController();
  #waiting: PutMail[] = [];
  #feeding: Promise<void> = Promise.resolve();

  private constructor(log: AppendLog<StoredRecord>, imap: ImapStore | null) {
    this.#log = log;
    this.#imap = imap;
  }

  static async open(folder: string, imap: ImapStore | null): Promise<MailboxContents> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { log, records } = await AppendLog.open<StoredRecord>(join(folder, 'mailbox-contents.jsonl'));
    const contents = new MailboxContents(log, imap);
    const ended = new Set(records.flatMap((record) => ('base64' in record ? [] : [record.id])));
    for (const record of records) {
      if (!('base64' in record)) continue;
      const { id, address, at, base64 } = record;
      const mail = { id, address, at, raw: Buffer.from(base64, 'base64') };
      contents.#mails.push(mail);
      if (!ended.has(id)) contents.#waiting.push(mail);
    }
    contents.#feed();
    return contents;
  }

  async put(address: string, raw: Buffer): Promise<PutMail> {
    const mail = { id: randomUUID(), address: address.toLowerCase(), at: new Date().toISOString(), raw };
    await this.#log.append({ id: mail.id, address: mail.address, at: mail.at, base64: raw.toString('base64') });
    this.#mails.push(mail);
    this.#waiting.push(mail);
    this.#feed();
    return mail;
  }

  /** Oldest first. */
  of(address: string): PutMail[] {
    return this.#mails.filter((mail) => mail.address === address.toLowerCase());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#feeding;
    this.#imap?.close();
    await this.#log.close();
  }

  #feed(): void {
    if (this.#imap) this.#feeding = this.#feeding.then(() => this.#giveAll(this.#imap as ImapStore));
  }

  async #giveAll(imap: ImapStore): Promise<void> {
    for (let mail = this.#waiting[0]; mail && !this.#closing.signal.aborted; mail = this.#waiting[0]) {
      const end = await this.#give(imap, mail);
      if (!end) return;
      await this.#log.append({ id: mail.id, ...end });
      this.#waiting.shift();
    }
  }

  /** @returns what became of the mail; undefined when the simulator is closed before */
  async #give(imap: ImapStore, { address, raw }: PutMail): Promise<{ stored: true } | { refused: string } | undefined> {
    let refusals = 0;
    for (let pauseMs = firstPauseMs; !this.#closing.signal.aborted; pauseMs = Math.min(2 * pauseMs, lastPauseMs)) {
      try {
        await imap.append(address, raw);
        return { stored: true };
      } catch (error) {
        if (error instanceof StoreRefusal) refusals += 1;
        // One mail that is refused must not hold back those behind it.
        if (refusals === refusalsOfOneMail) return { refused: String(error) };
        // The store is away: it may be starting again.
        await delay(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}
