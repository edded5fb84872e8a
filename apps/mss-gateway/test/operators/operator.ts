import type { MailboxAccess } from '../../src/gateways/mailbox-access.js';

/** An MSSanté operator in front of which a port is tried: the simulated one, or independent software. */
export interface Operator {
  readonly smtpUrl: string;
  readonly imapUrl: string;
  /** PEM of the authority of its server certificate. */
  readonly ca: string;
  /** A new address of a professional: an open mailbox, one that is refused at once, or whose mail comes back under 5.2.1. */
  professional(state?: 'open' | 'unknown' | 'closed'): Promise<string>;
  /** Mails of a mailbox as they are kept, oldest first. */
  mails(address: string): Promise<readonly Buffer[]>;
  /** Puts bytes in an applicative mailbox. */
  put(address: string, bytes: Buffer): Promise<void>;
  stop(): Promise<void>;
}

/** The applicative mailbox of the tests: its certificate, as its files hold it. */
export const accessOf = (
  address: string,
  { cert, key }: { readonly cert: string; readonly key: string },
  imapSignIn: 'external' | 'password' = 'external',
): MailboxAccess => ({
  mailbox: {
    ...{ address, displayName: 'PFI_ESSAI', certificate: 'mss', smtpSignIn: 'none', imapSignIn },
    ...(imapSignIn === 'password' ? { passwordSecret: 'mss-password' } : {}),
  },
  username: address,
  cert: Buffer.from(cert),
  key: Buffer.from(key),
  // That of every mailbox, at the simulator as at the peers.
  password: imapSignIn === 'password' ? 'mssante' : null,
});
