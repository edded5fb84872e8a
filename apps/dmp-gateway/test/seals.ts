import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { PemPair } from '@pfi/platform-testing';

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const day = 24 * 3600 * 1000;

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const common = () => ({
  serialNumber: `01${randomBytes(8).toString('hex')}`,
  signingAlgorithm: algorithm,
  notBefore: new Date(Date.now() - day),
  notAfter: new Date(Date.now() + day),
});

export interface SealAuthority {
  readonly cert: string;
  issue(name: string): Promise<PemPair>;
}

/** An authority of signing certificates (cachet): RSA, as the VIHF demands. */
export async function sealAuthority(): Promise<SealAuthority> {
  const keys = await newKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(),
    name: 'CN=AC cachet, O=TEST, C=FR',
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  return {
    cert: root.toString('pem'),
    issue: async (name) => {
      const own = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        ...common(),
        subject: name,
        issuer: root.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
      });
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey));
      return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
    },
  };
}
