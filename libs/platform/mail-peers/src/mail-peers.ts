import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, testAuthority } from '@pfi/platform-testing';
import type { Daemon } from './daemon.js';
import { startDovecot } from './dovecot.js';
import { mailsIn } from './mailboxes.js';
import type { Place } from './place.js';
import { configurePostfix, startPostfix } from './postfix.js';

export interface MailPeersOptions {
  /** PEM of the authority that signs the certificates of the clients. */
  readonly clientAuthority: string;
  /** PEM of the certificates that are let in; the address of their mailbox stands in subjectAltName. */
  readonly certificates: readonly string[];
}

/** Whose mailboxes Postfix keeps itself; those of the certificates come in addition. */
export const OWN_DOMAINS = ['cabinet.mssante.fr', 'patient.mssante.fr'] as const;
/** Of another operator: taken for any address, and what the server behind refuses comes back. */
export const RELAYED_DOMAIN = 'ailleurs.mssante.fr';
/** Of every applicative mailbox, where a password signs in. */
export const MAILBOX_PASSWORD = 'mssante';

/** Postfix and Dovecot on free ports of the loopback, everything they read and write in one temporary folder. */
export class MailPeers {
  private constructor(
    readonly place: Place,
    /** PEM of the authority of their server certificate; a file of the same below. */
    readonly serverAuthority: string,
    private readonly daemons: readonly Daemon[],
  ) {}

  /** Needs `prepareMailPeers`. Raises what a server said when it does not start; nothing is left running then. */
  static async start({ clientAuthority, certificates }: MailPeersOptions): Promise<MailPeers> {
    const place: Place = {
      folder: mkdtempSync(join(tmpdir(), 'pfi-mail-')),
      smtpPort: await freePort(),
      imapPort: await freePort(),
    };
    const daemons: Daemon[] = [];
    try {
      const authority = await testAuthority('AC des messageries de test');
      const { cert, key } = await authority.issue('localhost');
      const holders = certificates.map(holderOf);
      writeFiles(place.folder, {
        'server.crt': cert,
        'server.key': key,
        'server-ca.crt': authority.cert,
        'clients-ca.crt': clientAuthority,
      });
      const domains = new Set([...OWN_DOMAINS, ...holders.map(({ address }) => address.replace(/^.*@/, ''))]);
      configurePostfix(place, holders, { own: [...domains], relayed: [RELAYED_DOMAIN] });
      daemons.push(await startDovecot(place, holders, MAILBOX_PASSWORD));
      daemons.push(await startPostfix(place));
      return new MailPeers(place, authority.cert, daemons);
    } catch (error) {
      await Promise.all(daemons.map((daemon) => daemon.stop()));
      rmSync(place.folder, { recursive: true, force: true });
      throw error;
    }
  }

  get smtpUrl(): string {
    return `smtp://localhost:${this.place.smtpPort}`;
  }

  get imapUrl(): string {
    return `imap://localhost:${this.place.imapPort}`;
  }

  get serverAuthorityFile(): string {
    return join(this.place.folder, 'server-ca.crt');
  }

  /** See `mailsIn`. */
  mails(address: string): Buffer[] {
    return mailsIn(this.place, address);
  }

  async stop(): Promise<void> {
    await Promise.all(this.daemons.map((daemon) => daemon.stop()));
    rmSync(this.place.folder, { recursive: true, force: true });
  }
}

function holderOf(pem: string): { commonName: string; address: string; fingerprint: string } {
  const { subject, subjectAltName = '', fingerprint256 } = new X509Certificate(pem);
  const commonName = /^CN=(.*)$/m.exec(subject)?.[1];
  const address = /email:([^,\s]+)/.exec(subjectAltName)?.[1];
  if (!commonName || !address) throw new Error(`no commonName or mailbox in the certificate of ${subject}`);
  return { commonName, address, fingerprint: fingerprint256 };
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  // Both servers leave root for accounts of their own.
  chmodSync(folder, 0o755);
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content, { mode: name.endsWith('.key') ? 0o600 : 0o644 });
}
