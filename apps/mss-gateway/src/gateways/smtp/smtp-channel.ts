import type { SmtpAnswer } from '@pfi/mss-core';
import type { Delays } from '@pfi/platform-settings';
import type { MailboxAccess } from '../mailbox-access.js';
import { CLOSING, openSmtp, type OutgoingMail, type SmtpSession } from './smtp-session.js';

export interface SmtpChannelOptions {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly access: MailboxAccess;
  readonly delays: Pick<Delays['smtp'], 'connectTimeout' | 'commandTimeout' | 'finalDotTimeout'>;
}

/** A connection that nobody used for this long is closed, in milliseconds: operators do so after a while. */
const IDLE_MS = 20_000;
/** Mails of one connection: a certificate that was renewed or revoked is looked at again. */
const MAILS_A_CONNECTION = 500;

/** The kept connections of one legal entity. How many are open at once is limited by who sends (slots). */
export class SmtpChannel {
  readonly #idle: { readonly session: SmtpSession; readonly timer: NodeJS.Timeout }[] = [];
  readonly #open = new Set<SmtpSession>();
  #retired = false;

  constructor(private readonly options: SmtpChannelOptions) {}

  /** One mail to one recipient. Never raises. */
  async send(mail: OutgoingMail): Promise<SmtpAnswer> {
    for (;;) {
      const kept = this.takeIdle();
      const session = kept ?? (await this.open());
      if ('kind' in session) return session;
      const answer = await session.send(mail);
      this.giveBack(session);
      if (kept && wasStale(answer)) continue;
      return answer;
    }
  }

  /** No connection is kept from now on. */
  retire(): void {
    this.#retired = true;
    for (const { session, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      session.quit();
    }
  }

  close(): void {
    this.retire();
    for (const session of this.#open) session.cut();
  }

  private takeIdle(): SmtpSession | undefined {
    for (let one = this.#idle.pop(); one; one = this.#idle.pop()) {
      clearTimeout(one.timer);
      if (one.session.usable) return one.session;
    }
    return undefined;
  }

  private async open(): Promise<SmtpSession | SmtpAnswer> {
    const session = await openSmtp(this.options);
    if (!('kind' in session)) {
      this.#open.add(session);
      session.onClosed(() => this.#open.delete(session));
    }
    return session;
  }

  private giveBack(session: SmtpSession): void {
    if (!session.usable) return session.cut();
    if (this.#retired || session.mails >= MAILS_A_CONNECTION) return session.quit();
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((one) => one.session === session);
      if (at >= 0) this.#idle.splice(at, 1);
      session.quit();
    }, IDLE_MS);
    timer.unref();
    this.#idle.push({ session, timer });
  }
}

/** The other end had closed the kept connection, or did so at MAIL (421): nothing has left, a new one tells. */
const wasStale = (answer: SmtpAnswer): boolean =>
  (answer.kind === 'not-taken' && answer.stage === 'mail') ||
  (answer.kind === 'reply' && answer.stage === 'mail' && answer.code === CLOSING);
