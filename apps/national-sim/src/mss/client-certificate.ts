import type { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';

/** The holder of a mailbox, as its TLS client certificate names it. */
export interface CertificateHolder {
  /** Distinguished name, one attribute a line. */
  readonly subject: string;
  /** Mailboxes of the certificate (subjectAltName rfc822Name), lower case. */
  readonly addresses: readonly string[];
}

export function holderOf(socket: Duplex): CertificateHolder {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate ? read(certificate) : { subject: '', addresses: [] };
}

function read({ subject, subjectAltName = '' }: X509Certificate): CertificateHolder {
  const addresses = [...subjectAltName.matchAll(/(?:^|, )email:([^,\s"]+)/g)].map(([, address = '']) =>
    address.toLowerCase(),
  );
  return { subject, addresses };
}
