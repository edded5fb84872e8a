import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { PfiError } from '@pfi/health';
import { certificateFiles, type Ght, type Mailbox } from '@pfi/platform-settings';

/** What opens the applicative mailbox of a legal entity, as read from its files. */
export interface MailboxAccess {
  readonly mailbox: Mailbox;
  readonly username: string;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Null unless a password signs in. */
  readonly password: string | null;
}

interface Known extends MailboxAccess {
  /** Of the files it was read from. */
  readonly fingerprint: string;
}

/** Certificates and passwords of the mailboxes, read again when their files change (S-06). */
export class MailboxAccesses {
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly ght: Ght,
    private readonly secretsDir: string,
  ) {}

  /** The same object as long as the files are the same. Raises CERTIFICATE_UNREADABLE. */
  of(legalEntity: string): MailboxAccess {
    const known = this.#known.get(legalEntity);
    try {
      const mailbox = this.ght.legalEntity(legalEntity)?.mailbox;
      if (!mailbox) throw new Error('no mailbox in the GHT file');
      const { certificate, key } = certificateFiles(this.secretsDir, mailbox.certificate);
      const passwordFile = mailbox.passwordSecret ? join(this.secretsDir, mailbox.passwordSecret, 'password') : null;
      const fingerprint = [certificate, key, ...(passwordFile ? [passwordFile] : [])].map(fingerprintOf).join();
      if (known?.fingerprint === fingerprint) return known;
      const access: Known = {
        ...{ mailbox, fingerprint, cert: readFileSync(certificate), key: readFileSync(key) },
        username: mailbox.username ?? mailbox.address,
        password: passwordFile ? readFileSync(passwordFile, 'utf8').trim() : null,
      };
      // Refuses a key of another certificate here, rather than at each handshake.
      createSecureContext({ cert: access.cert, key: access.key });
      this.#known.set(legalEntity, access);
      return access;
    } catch (cause) {
      // In the middle of a rotation the files do not fit together: those in use still do.
      if (known) return known;
      throw new PfiError(
        'CERTIFICATE_UNREADABLE',
        'invalid',
        `Certificat ou mot de passe de la boîte aux lettres de l’entité juridique ${legalEntity} absent ou illisible : le déposer dans le dossier des secrets, puis rejouer.`,
        { cause },
      );
    }
  }
}

function fingerprintOf(file: string): string {
  const { mtimeMs, size, ino } = statSync(file);
  return `${mtimeMs}:${size}:${ino}`;
}
