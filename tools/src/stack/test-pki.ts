import 'reflect-metadata';
import { X509Certificate as NodeCertificate, createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension } from '@peculiar/x509';

/** A legal entity as the GHT file names it, with the names of its two certificates. */
export interface CertifiedEntity {
  readonly finess: string;
  readonly name: string;
  readonly certificates: { readonly authentication: string; readonly signature: string };
  readonly mailbox?: { readonly address: string; readonly certificate: string } | undefined;
}

export interface TestPki {
  /** PEM of the authority that signed all of them */
  readonly caFile: string;
  readonly dmpServer: { readonly certificate: string; readonly key: string };
}

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const DAY_MS = 86_400_000;
const VALID_DAYS = 365;
/** A certificate that ends sooner than this is made again. */
const MARGIN_DAYS = 30;
const ORGANISATION = 'PFI autorite de test';

interface Authority {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/**
 * The certificates of a trial platform, each a folder `<secretsDir>/<name>` with `tls.crt` and `tls.key` (mode 0600):
 * an authority, the server of the simulators and, for each legal entity, one to authenticate, one to sign and one for its
 * mailbox, whose address is in subjectAltName. Those still valid are kept.
 */
export async function ensureTestPki(secretsDir: string, entities: readonly CertifiedEntity[]): Promise<TestPki> {
  mkdirSync(secretsDir, { recursive: true, mode: 0o700 });
  const files = (name: string) => ({
    certificate: join(secretsDir, name, 'tls.crt'),
    key: join(secretsDir, name, 'tls.key'),
  });
  const authority = await ensureAuthority(files('ca'));
  const server = files('dmp-server');
  await Promise.all([
    ensureLeaf(authority, server, 'CN=DMP simulateur, O=PFI, C=FR', [
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
    ]),
    ...entities.flatMap(({ finess, name, certificates, mailbox }) => [
      ensureLeaf(authority, files(certificates.authentication), subject(finess, name, 'authentification'), [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      ]),
      ensureLeaf(authority, files(certificates.signature), subject(finess, name, 'signature'), [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation, true),
      ]),
      ...(mailbox
        ? [
            ensureLeaf(authority, files(mailbox.certificate), subject(finess, name, 'messagerie'), [
              new SubjectAlternativeNameExtension([{ type: 'email', value: mailbox.address }]),
              new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
              new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
            ]),
          ]
        : []),
    ]),
  ]);
  return { caFile: files('ca').certificate, dmpServer: server };
}

/** Organisations are named by their FINESS EJ, preceded by 1 as in the IGC-Santé. */
function subject(finess: string, name: string, use: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N} '-]/gu, ' ');
  return `CN=${plain} ${use}, OU=1${finess}, O=${plain}, C=FR`;
}

interface KeyPairFiles {
  readonly certificate: string;
  readonly key: string;
}

async function ensureAuthority(files: KeyPairFiles): Promise<Authority> {
  if (isUsable(files)) {
    const der = createPrivateKey(readFileSync(files.key, 'utf8')).export({ type: 'pkcs8', format: 'der' });
    return {
      certificate: new X509Certificate(readFileSync(files.certificate, 'utf8')),
      key: await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']),
    };
  }
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${ORGANISATION}, C=FR`,
    ...validity(VALID_DAYS * 5),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await write(files, certificate, keys.privateKey);
  return { certificate, key: keys.privateKey };
}

async function ensureLeaf(
  authority: Authority,
  files: KeyPairFiles,
  name: string,
  extensions: readonly Extension[],
): Promise<void> {
  if (isUsable(files, authority.certificate.toString('pem'))) return;
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: authority.certificate.subject,
    subject: name,
    ...validity(VALID_DAYS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      ...extensions,
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  await write(files, certificate, keys.privateKey);
}

function isUsable(files: KeyPairFiles, issuerPem?: string): boolean {
  if (!existsSync(files.certificate) || !existsSync(files.key)) return false;
  const certificate = new NodeCertificate(readFileSync(files.certificate));
  const signed = issuerPem === undefined || certificate.verify(new NodeCertificate(issuerPem).publicKey);
  return signed && Date.parse(certificate.validTo) > Date.now() + MARGIN_DAYS * DAY_MS;
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function serialNumber(): string {
  // a first hexadecimal digit below 8 keeps the number positive
  return `4${randomBytes(16).toString('hex').slice(1)}`;
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + days * DAY_MS) };
}

async function write(files: KeyPairFiles, certificate: X509Certificate, key: webcrypto.CryptoKey): Promise<void> {
  mkdirSync(dirname(files.certificate), { recursive: true, mode: 0o700 });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  writeFileSync(files.key, `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`, { mode: 0o600 });
  writeFileSync(files.certificate, `${certificate.toString('pem')}\n`, { mode: 0o600 });
}
