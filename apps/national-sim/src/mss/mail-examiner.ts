import { findingsOf } from './mail-findings.js';
import { contentOf, readMail } from './mail-reader.js';
import type { MailStore, StoredMail } from './mail-store.js';

/** What is in a mail, and what is wrong with it. */
export interface Examined {
  readonly attachments: readonly { readonly name: string; readonly mediaType: string; readonly size: number }[];
  /** Breaches of the rules of MSSanté, `CODE: explanation`. */
  readonly findings: readonly string[];
}

/** Looks into mails once somebody asks about them: an operator reads envelopes and headers, and sends on. */
export class MailExaminer {
  readonly #examined = new Map<string, Promise<Examined>>();

  constructor(
    private readonly mails: Pick<MailStore, 'raw'>,
    private readonly isPatient: (address: string) => boolean,
  ) {}

  /** Each mail once. */
  of(mail: StoredMail): Promise<Examined> {
    const known = this.#examined.get(mail.id);
    if (known) return known;
    const examined = this.#examine(mail);
    this.#examined.set(mail.id, examined);
    return examined;
  }

  async #examine(mail: StoredMail): Promise<Examined> {
    const raw = await this.mails.raw(mail);
    const { email } = await readMail(raw);
    return {
      attachments: (email?.attachments ?? []).map((one) => ({
        name: one.filename ?? '',
        mediaType: one.mimeType,
        size: contentOf(one).length,
      })),
      findings: await findingsOf(mail, raw, email, this.isPatient),
    };
  }
}
