import { generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';

/** Certificates for tests, written in DER by hand so that this codec needs no certificate library. */

export interface TestIdentity {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
  readonly name: Record<string, string>;
}

const attributeOids: Record<string, string> = { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' };
const sha256WithRsa = sequence(oid('1.2.840.113549.1.1.11'), tlv(0x05, Buffer.alloc(0)));

export interface TestCertificateOptions {
  readonly name: Record<string, string>;
  /** Self-signed authority when absent. */
  readonly issuer?: TestIdentity;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export function createIdentity(options: TestCertificateOptions): TestIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const validity = sequence(
    utcTime(options.notBefore ?? new Date(Date.now() - 3_600_000)),
    utcTime(options.notAfter ?? new Date(Date.now() + 86_400_000)),
  );
  const basicConstraints = sequence(
    oid('2.5.29.19'),
    tlv(0x04, options.issuer ? sequence() : sequence(tlv(0x01, Buffer.from([0xff])))),
  );
  const tbs = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1, Math.floor(Math.random() * 256)])),
    sha256WithRsa,
    distinguishedName(options.issuer?.name ?? options.name),
    validity,
    distinguishedName(options.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(basicConstraints)),
  );
  const signature = sign('RSA-SHA256', tbs, options.issuer?.privateKey ?? privateKey);
  const der = sequence(tbs, sha256WithRsa, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { certificate: new X509Certificate(der), privateKey, name: options.name };
}

function tlv(tag: number, content: Buffer): Buffer {
  const length =
    content.length < 128
      ? Buffer.from([content.length])
      : Buffer.from([0x82, content.length >> 8, content.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const digits = [part & 0x7f];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return tlv(0x06, Buffer.from(bytes));
}

function distinguishedName(name: Record<string, string>): Buffer {
  const parts = Object.entries(name).map(([key, value]) =>
    tlv(0x31, sequence(oid(attributeOids[key] ?? ''), tlv(0x0c, Buffer.from(value)))),
  );
  return sequence(...parts);
}

function utcTime(date: Date): Buffer {
  return tlv(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}
