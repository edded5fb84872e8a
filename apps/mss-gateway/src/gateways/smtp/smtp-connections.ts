import type { Ght } from '@pfi/platform-settings';
import type { MailboxAccess, MailboxAccesses } from '../mailbox-access.js';
import { SmtpChannel } from './smtp-channel.js';

export interface SmtpEndpoint {
  /** `smtp://host:port`, STARTTLS demanded; `smtps://` for TLS from the start. */
  readonly url: string;
  /** PEM of the authorities that sign the operator's certificate; the system's own list when absent. */
  readonly ca?: string | undefined;
}

/** The operator's SMTP door: kept connections of each legal entity (its own certificate, S-05), renewed with its files. */
export class SmtpConnections {
  readonly #channels = new Map<string, { readonly access: MailboxAccess; readonly channel: SmtpChannel }>();

  constructor(
    private readonly ght: Ght,
    private readonly accesses: MailboxAccesses,
    private readonly endpoint: SmtpEndpoint,
  ) {}

  /** Raises CERTIFICATE_UNREADABLE. */
  of(legalEntity: string): Pick<SmtpChannel, 'send'> {
    const access = this.accesses.of(legalEntity);
    const known = this.#channels.get(legalEntity);
    if (known?.access === access) return known.channel;
    const channel = new SmtpChannel({ ...this.endpoint, access, delays: this.ght.file.delays.smtp });
    this.#channels.set(legalEntity, { access, channel });
    // Exchanges under way end on the old connections.
    known?.channel.retire();
    return channel;
  }

  /** Cuts what is still under way: it is taken up after the restart as an answer that was lost. */
  close(): void {
    for (const { channel } of this.#channels.values()) channel.close();
  }
}
