import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendLog } from '../state/append-log.js';
import { BlobFile, type BlobPlace } from '../state/blob-file.js';
import type { MailHeader } from './mail-reader.js';

/** What the envelope says (RFC 5321, and RFC 3461 for the notices). */
export interface Envelope {
  /** It came without TLS. */
  readonly clear: boolean;
  /** Empty: no notice is ever sent. */
  readonly sender: string;
  readonly ret: string | null;
  readonly envid: string | null;
  readonly bodyType: string;
  readonly recipients: readonly EnvelopeRecipient[];
}

export interface EnvelopeRecipient {
  readonly address: string;
  /** NOTIFY, upper case; null when the sender left it out. */
  readonly notify: readonly string[] | null;
  readonly orcpt: string | null;
}

/** A mail as one recipient got it. */
export interface StoredMail extends MailHeader {
  readonly id: string;
  readonly recipient: string;
  readonly sender: string;
  readonly envelope: {
    readonly clear: boolean;
    readonly ret: string | null;
    readonly envid: string | null;
    readonly bodyType: string;
    readonly notify: EnvelopeRecipient['notify'];
    readonly orcpt: string | null;
  };
  readonly receivedAt: string;
  /** bytes */
  readonly size: number;
  readonly place: BlobPlace;
}

export interface MailFilter {
  readonly recipient?: string | undefined;
  readonly messageId?: string | undefined;
}

/** Accepted mails, one record for each recipient, kept over restarts. */
export class MailStore {
  readonly #log: AppendLog<StoredMail>;
  readonly #blobs: BlobFile;
  readonly #mails = new Map<string, StoredMail>();

  private constructor(log: AppendLog<StoredMail>, blobs: BlobFile, records: readonly StoredMail[]) {
    this.#log = log;
    this.#blobs = blobs;
    for (const record of records) this.#mails.set(record.id, record);
  }

  static async open(folder: string): Promise<MailStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [{ log, records }, blobs] = await Promise.all([
      AppendLog.open<StoredMail>(join(folder, 'mails.jsonl')),
      BlobFile.open(join(folder, 'mails.bin')),
    ]);
    return new MailStore(log, blobs, records);
  }

  get(id: string): StoredMail | undefined {
    return this.#mails.get(id);
  }

  /** Oldest first. */
  find({ recipient, messageId }: MailFilter): StoredMail[] {
    const wanted = recipient?.toLowerCase();
    return [...this.#mails.values()].filter(
      (mail) =>
        (wanted === undefined || mail.recipient === wanted) &&
        (messageId === undefined || bare(mail.messageId) === bare(messageId)),
    );
  }

  /** Resolves when the mail is in the files. */
  async add(raw: Buffer, envelope: Envelope, header: MailHeader): Promise<StoredMail[]> {
    const place = await this.#blobs.append(raw);
    const receivedAt = new Date().toISOString();
    const mails = envelope.recipients.map((recipient): StoredMail => ({
      ...header,
      id: randomUUID(),
      recipient: recipient.address.toLowerCase(),
      sender: envelope.sender,
      envelope: {
        clear: envelope.clear,
        ret: envelope.ret,
        envid: envelope.envid,
        bodyType: envelope.bodyType,
        notify: recipient.notify,
        orcpt: recipient.orcpt,
      },
      receivedAt,
      size: raw.length,
      place,
    }));
    await Promise.all(mails.map((mail) => this.#log.append(mail)));
    for (const mail of mails) this.#mails.set(mail.id, mail);
    return mails;
  }

  raw(mail: StoredMail): Promise<Buffer> {
    return this.#blobs.read(mail.place);
  }

  async close(): Promise<void> {
    await Promise.all([this.#log.close(), this.#blobs.close()]);
  }
}

const bare = (messageId: string): string => messageId.replace(/^<|>$/g, '');
