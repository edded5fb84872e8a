import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface PemPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateDetails {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Address in subjectAltName: who holds the certificate holds that mailbox. */
  readonly mailbox?: string;
}

/** A certification authority of one test. */
export interface TestAuthority {
  readonly cert: string;
  /** A certificate for 127.0.0.1 and localhost, as a server and as a client; valid one day around now by default. */
  issue(commonName: string, details?: CertificateDetails): Promise<PemPair>;
}

export async function testAuthority(name = 'Test CA'): Promise<TestAuthority> {
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const serialNumber = () => `01${randomBytes(8).toString('hex')}`;
  const day = 24 * 3600 * 1000;
  const period = () => ({ notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) });
  const caKeys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    ...period(),
  });
  return {
    cert: ca.toString('pem'),
    issue: async (commonName, { mailbox, ...validity } = {}) => {
      const keys = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: [{ CN: [commonName] }],
        issuer: ca.subject,
        publicKey: keys.publicKey,
        signingKey: caKeys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']),
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'localhost' },
            { type: 'ip', value: '127.0.0.1' },
            ...(mailbox === undefined ? [] : [{ type: 'email', value: mailbox } as const]),
          ]),
        ],
        ...period(),
        ...validity,
      });
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
      return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
    },
  };
}
