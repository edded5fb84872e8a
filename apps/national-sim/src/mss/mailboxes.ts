import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isTrustedAddress, parseMssAddress } from '@pfi/health';
import { AppendLog } from '../state/append-log.js';

export type MailboxState = 'open' | 'closed' | 'unknown';
/** What the delivery notice says of a taken mail (RFC 3464): `relayed` when the next operator sends no notice itself. */
export type NoticeAction = 'delivered' | 'relayed';

export interface Mailbox {
  readonly address: string;
  readonly state: MailboxState;
  readonly notice: NoticeAction;
}

export interface MailSpace {
  /** The MSSanté space of trust: domains, and those under them. */
  readonly trustedDomains: readonly string[];
  readonly patientDomain: string;
  /** bytes of the whole mail */
  readonly maxBytes: number;
  readonly patientMaxBytes: number;
}

/** Why a recipient is refused at RCPT. */
export interface Refusal {
  readonly code: number;
  /** RFC 3463 */
  readonly status: string;
  readonly text: string;
}

/** Local part of a patient's address: the 15 characters of the matricule INS, after the prefix of a test platform. */
const patientLocal = /^[a-z.+_-]*\d{5}[\dab]{2}\d{8}$/i;

/** Every address of the space of trust is an open mailbox until it is said otherwise; what was said is kept. */
export class Mailboxes {
  readonly #log: AppendLog<Mailbox>;
  readonly #known = new Map<string, Mailbox>();

  private constructor(
    log: AppendLog<Mailbox>,
    records: readonly Mailbox[],
    readonly space: MailSpace,
  ) {
    this.#log = log;
    for (const record of records) this.#known.set(record.address, record);
  }

  static async open(folder: string, space: MailSpace): Promise<Mailboxes> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { log, records } = await AppendLog.open<Mailbox>(join(folder, 'mailboxes.jsonl'));
    return new Mailboxes(log, records, space);
  }

  get(address: string): Mailbox {
    const key = address.toLowerCase();
    return this.#known.get(key) ?? { address: key, state: 'open', notice: 'delivered' };
  }

  async set(mailbox: Mailbox): Promise<void> {
    const record = { ...mailbox, address: mailbox.address.toLowerCase() };
    await this.#log.append(record);
    this.#known.set(record.address, record);
  }

  isPatient(address: string): boolean {
    return address.toLowerCase().endsWith(`@${this.space.patientDomain}`);
  }

  maxBytes(address: string): number {
    return this.isPatient(address) ? this.space.patientMaxBytes : this.space.maxBytes;
  }

  /** Null when mail to the address is taken. @param size bytes that the sender announced, 0 when it did not */
  refusal(address: string, size: number): Refusal | null {
    const parsed = parseMssAddress(address);
    if (!parsed) return { code: 553, status: '5.1.3', text: 'Adresse incorrecte' };
    if (!isTrustedAddress(parsed, this.space.trustedDomains))
      return { code: 550, status: '5.7.1', text: 'Domaine hors de l’espace de confiance MSSanté' };
    if (this.isPatient(address) && !patientLocal.test(parsed.local))
      return { code: 550, status: '5.1.3', text: 'Adresse de patient incorrecte' };
    if (this.get(address).state === 'unknown')
      return { code: 550, status: '5.1.1', text: 'Boîte aux lettres inconnue' };
    if (size > this.maxBytes(address)) return tooBig(this.maxBytes(address));
    return null;
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

export const tooBig = (maxBytes: number): Refusal => ({
  code: 552,
  status: '5.3.4',
  text: `Message de plus de ${maxBytes} octets`,
});
