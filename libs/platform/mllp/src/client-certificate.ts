import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from './mllp.types.js';

/** The verified certificate of a peer; undefined when none was asked for. */
export function clientCertificateOf(socket: TLSSocket): ClientCertificate | undefined {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificate && { subject: distinguishedName(certificate.subject), fingerprint256: certificate.fingerprint256 };
}

/** Node escapes and writes one attribute a line, outermost first; RFC 4514 wants the leaf first, separated by commas. */
export function distinguishedName(lines: string): string {
  return lines.split('\n').reverse().join(',');
}
