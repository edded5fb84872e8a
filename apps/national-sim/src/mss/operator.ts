import type { FaultBoard } from '../faults/fault-board.js';
import { MailExaminer } from './mail-examiner.js';
import { readHeader } from './mail-reader.js';
import type { Envelope, MailStore, StoredMail } from './mail-store.js';
import type { MailboxContents } from './mailbox-contents.js';
import type { Mailboxes } from './mailboxes.js';
import { deliveryNotice, readNotice, type DeliveryOutcome, type OriginalMail } from './notices.js';

/** What the operator does with a mail once it is responsible for it. */
export class MssOperator {
  readonly examiner: MailExaminer;
  readonly #notices = new Set<Promise<void>>();

  constructor(
    readonly mailboxes: Mailboxes,
    readonly mails: MailStore,
    readonly contents: MailboxContents,
    private readonly faults: FaultBoard,
  ) {
    this.examiner = new MailExaminer(mails, (address) => mailboxes.isPatient(address));
  }

  /** Resolves when the mail is kept; the notices that it asks for follow by themselves. */
  async accept(raw: Buffer, envelope: Envelope): Promise<StoredMail[]> {
    const mails = await this.mails.add(raw, envelope, await readHeader(raw));
    for (const mail of mails) {
      // A notice that cannot be kept is lost, as it may be at any operator.
      const notice = this.#notify(mail, raw)
        .catch(() => undefined)
        .finally(() => this.#notices.delete(notice));
      this.#notices.add(notice);
    }
    return mails;
  }

  /** The holder opens the mail. @returns whether it asked for a notice, which is then sent. */
  async open(mail: StoredMail): Promise<boolean> {
    const asked = mail.headers['disposition-notification-to'];
    const to = asked === undefined ? undefined : (/<([^<>]+)>/.exec(asked)?.[1] ?? asked).trim();
    if (!to) return false;
    await this.contents.put(to, readNotice(to, originalOf(mail, await this.mails.raw(mail)), new Date()));
    return true;
  }

  /** Resolves when no notice is being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#notices);
  }

  async #notify(mail: StoredMail, raw: Buffer): Promise<void> {
    const outcome = this.#outcome(mail);
    if (!outcome || mail.sender === '') return;
    // RFC 3461 §4.1: without NOTIFY, failures are told.
    const asked = mail.envelope.notify ?? ['FAILURE'];
    if (!asked.includes(outcome.action === 'failed' ? 'FAILURE' : 'SUCCESS')) return;
    await this.contents.put(mail.sender, deliveryNotice(mail.sender, originalOf(mail, raw), outcome, new Date()));
  }

  #outcome({ recipient }: StoredMail): DeliveryOutcome | null {
    const { effect } = this.faults.take('mss', { recipients: [recipient] }, ['bounce', 'withhold']);
    if (effect?.kind === 'withhold') return null;
    if (effect?.kind === 'bounce') {
      const { code, status, context } = effect;
      return { action: 'failed', status, diagnostic: `${code} ${status} ${context}` };
    }
    const { state, notice } = this.mailboxes.get(recipient);
    if (state === 'open') return { action: notice, status: '2.0.0', diagnostic: '250 2.0.0 OK' };
    return closed(recipient);
  }
}

/** Mon espace santé takes the mail, then sends it back (interop §6.3). */
const closed = (recipient: string): DeliveryOutcome => ({
  action: 'failed',
  status: '5.2.1',
  diagnostic: '550 5.2.1 Messagerie fermée par son titulaire',
  notice: {
    subject: 'Message non distribué',
    text: `Message non distribué.\r\n\r\nVotre message n’a pas pu être remis à ${recipient} : la messagerie est fermée.`,
  },
});

const originalOf = (mail: StoredMail, raw: Buffer): OriginalMail => ({
  raw,
  recipient: mail.recipient,
  messageId: mail.messageId,
  ret: mail.envelope.ret,
  envid: mail.envelope.envid,
  orcpt: mail.envelope.orcpt,
  arrivedAt: mail.receivedAt,
});
