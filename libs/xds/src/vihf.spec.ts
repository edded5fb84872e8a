import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SignedXml } from 'xml-crypto';
import { createIdentity } from '../test/certificate.js';
import { joined, sampleEnvelope, sampleSubmission } from '../test/samples.js';
import { buildProvideAndRegister, parseProvideAndRegister } from './provide-and-register.js';
import { verifyVihf } from './vihf-verifier.js';
import { buildVihf, createVihfSigner } from './vihf-writer.js';
import type { VihfInput, VihfTrust } from './vihf.model.js';

const authority = createIdentity({ name: { C: 'FR', O: 'TEST', CN: 'AC TEST' } });
const stranger = createIdentity({ name: { C: 'FR', O: 'TEST', CN: 'AC TEST' } });
const seal = createIdentity({ name: { C: 'FR', O: 'CHU, X', CN: 'cachet "é"' }, issuer: authority });
const signer = signerOf(seal);
const now = new Date();
const trust: VihfTrust = { authorities: [authority.certificate], now };

function signerOf(identity: typeof seal): ReturnType<typeof createVihfSigner> {
  return createVihfSigner(
    identity.certificate.toString(),
    identity.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
}

function input(change: Partial<VihfInput> = {}): VihfInput {
  return {
    assertionId: `_${randomUUID()}`,
    issuedAt: now,
    nameId: '801234560801',
    subjectName: "Anne-Lise d’« O'Hara » <&> CHIRURG",
    roles: [
      { code: '10', system: '1.2.250.1.71.1.2.7', label: 'Médecin & "chef" <x>' },
      { code: 'SM26', system: '1.2.250.1.71.4.2.5', label: 'Qualifié en médecine générale' },
    ],
    structureId: '1120456789',
    activitySector: 'SA01',
    patientId: { value: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
    software: { name: 'PFI', version: '0.1.0' },
    ...change,
  };
}

function independentSigner(): SignedXml {
  const other = new SignedXml({
    privateKey: seal.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    publicCert: seal.certificate.toString(),
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  });
  other.addReference({
    xpath: '/*',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  });
  return other;
}

describe('VIHF', () => {
  it('is verified and says what was put in', () => {
    const given = input();
    const { certificate, ...vihf } = verifyVihf(buildVihf(given, signer), trust);
    expect(certificate.fingerprint256).toBe(seal.certificate.fingerprint256);
    expect(vihf).toEqual({
      assertionId: given.assertionId,
      issuer: 'CN=cachet \\"é\\",O=CHU\\, X,C=FR',
      issuedAt: now,
      notBefore: new Date(now.getTime() - 5_000),
      notOnOrAfter: new Date(now.getTime() + 300_000),
      nameId: given.nameId,
      subjectName: given.subjectName,
      roles: given.roles,
      structureId: '1120456789',
      activitySector: 'SA01',
      version: '3.0',
      authenticationMode: 'INDIRECTE',
      patientId: given.patientId,
      confidentiality: null,
    });
  });

  it('carries the version, the approval and the secret connection when they are given', () => {
    const xml = buildVihf(
      input({
        version: '4.0',
        confidentiality: { code: 'INVISIBLE_PATIENT', system: '1.2', label: 'x' },
        software: { name: 'PFI', version: '1', id: 'id-1', approvalId: 'h-1' },
      }),
      signer,
    );
    const vihf = verifyVihf(xml, trust);
    expect(vihf).toMatchObject({ version: '4.0', confidentiality: { code: 'INVISIBLE_PATIENT' } });
    expect(xml).toContain('<saml2:Attribute Name="LPS_ID_HOMOLOGATION_DMP">');
  });

  it('survives its journey in a SOAP header', () => {
    const given = input();
    const { contentType, body } = buildProvideAndRegister(
      sampleSubmission(Buffer.from('x')),
      sampleEnvelope({ assertion: buildVihf(given, signer) }),
    );
    const { header } = parseProvideAndRegister(contentType, joined(body));
    expect(verifyVihf(header.assertion ?? '', trust).assertionId).toBe(given.assertionId);
  });

  it('is in exclusive canonical form: an independent signer over the same content gives the same digest', () => {
    const xml = buildVihf(input(), signer);
    const bare = xml.replace(/<ds:Signature .*<\/ds:Signature>/, '');
    const other = independentSigner();
    other.computeSignature(bare);
    const digest = /DigestValue>([^<]+)</;
    expect(digest.exec(other.getSignatureXml())?.[1]).toBe(digest.exec(xml)?.[1]);
  });

  it('is accepted by an independent verifier', () => {
    const xml = buildVihf(input(), signer);
    const verifier = new SignedXml({ publicCert: seal.certificate.toString(), getCertFromKeyInfo: () => null });
    verifier.loadSignature(/<ds:Signature .*<\/ds:Signature>/.exec(xml)?.[0] ?? '');
    expect(verifier.checkSignature(xml)).toBe(true);
  });

  it('is accepted when an independent signer signed it, with spaces and another layout', () => {
    const bare = buildVihf(input(), signer)
      .replace(/<ds:Signature .*<\/ds:Signature>/, '')
      .replaceAll('<saml2:Attribute ', '\n  <saml2:Attribute ')
      .replaceAll('saml2:', 'a:')
      .replace('xmlns:saml2', 'xmlns:unused="urn:unused" xmlns:a');
    const other = independentSigner();
    other.computeSignature(bare, { location: { reference: '/*/*[1]', action: 'after' } });
    expect(verifyVihf(other.getSignedXml(), trust)).toMatchObject({ structureId: '1120456789' });
  });

  it('refuses to sign with a key that is not the certificate’s', () => {
    expect(() =>
      createVihfSigner(seal.certificate.toString(), stranger.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ).toThrow(expect.objectContaining({ code: 'CERTIFICATE_UNTRUSTED' }));
  });
});

describe('VIHF verification refuses', () => {
  const signatureOf = (xml: string): string => /<ds:Signature .*<\/ds:Signature>/.exec(xml)?.[0] ?? '';

  it.each<[string, (xml: string) => string]>([
    ['a changed patient', (xml) => xml.replace('279035121518989', '279035121518988')],
    ['a changed structure', (xml) => xml.replace('1120456789', '1999999999')],
    ['no signature', (xml) => xml.replace(signatureOf(xml), '')],
    ['two signatures', (xml) => xml.replace(signatureOf(xml), signatureOf(xml).repeat(2))],
    ['a comment in the digest', (xml) => xml.replace(/(<ds:DigestValue>.)/, '$1<!-- x -->')],
    ['another algorithm', (xml) => xml.replaceAll('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256')],
    [
      'SHA-1',
      (xml) => xml.replace('http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2000/09/xmldsig#sha1'),
    ],
    ['an empty reference', (xml) => xml.replace(/URI="[^"]*"/, 'URI=""')],
    ['a second SignedInfo', (xml) => xml.replace(/(<ds:SignedInfo>.*<\/ds:SignedInfo>)/, '$1$1')],
    ['a second Reference', (xml) => xml.replace(/(<ds:Reference .*<\/ds:Reference>)/, '$1$1')],
    ['a signed assertion wrapped in a forged one', wrapped],
    ['a second element of the same ID', (xml) => xml.replace('<saml2:Subject>', `<saml2:Subject Id="${idOf(xml)}">`)],
    ['a signature value that is not one', (xml) => xml.replace(/<ds:SignatureValue>[^<]*/, '<ds:SignatureValue>AAAA')],
    ['an assertion of another kind', () => '<a/>'],
  ])('%s', (_title, change) => {
    const changed = change(buildVihf(input(), signer));
    expect(() => verifyVihf(changed, trust)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
  });

  it.each([
    ['a certificate of an unknown authority of the same name', createIdentity({ name: seal.name, issuer: stranger })],
    [
      'an expired certificate',
      createIdentity({ name: seal.name, issuer: authority, notAfter: new Date(now.getTime() - 1000) }),
    ],
    ['the authority’s own certificate', authority],
    ['a self-signed certificate', createIdentity({ name: seal.name })],
  ])('%s', (_title, identity) => {
    expect(() => verifyVihf(buildVihf(input(), signerOf(identity)), trust)).toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_UNTRUSTED' }),
    );
  });

  it.each([
    ['an expired assertion', { issuedAt: new Date(now.getTime() - 600_000) }, 'ASSERTION_EXPIRED'],
    ['an assertion of the future', { issuedAt: new Date(now.getTime() + 60_000) }, 'ASSERTION_NOT_YET_VALID'],
    ['an assertion without role', { roles: [] }, 'ASSERTION_INVALID'],
    ['an assertion without structure', { structureId: '' }, 'ASSERTION_INVALID'],
  ])('%s', (_title, change, code) => {
    expect(() => verifyVihf(buildVihf(input(change), signer), trust)).toThrow(expect.objectContaining({ code }));
  });

  it('a signed assertion in which another element has the same ID', () => {
    const given = input();
    const bare = buildVihf(given, signer)
      .replace(/<ds:Signature .*<\/ds:Signature>/, '')
      .replace('<saml2:AttributeStatement>', `<saml2:AttributeStatement Id="${given.assertionId}">`);
    const other = independentSigner();
    other.computeSignature(bare, { location: { reference: '/*/*[1]', action: 'after' } });
    expect(() => verifyVihf(other.getSignedXml(), trust)).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_INVALID' }),
    );
  });

  it('an issuer that is not the holder of the certificate', () => {
    const pretender = { ...signer, issuer: 'CN=another,C=FR' };
    expect(() => verifyVihf(buildVihf(input(), pretender), trust)).toThrow(
      expect.objectContaining({ code: 'ASSERTION_INVALID', location: 'Issuer' }),
    );
  });

  function idOf(xml: string): string {
    return / ID="([^"]*)"/.exec(xml)?.[1] ?? '';
  }

  function wrapped(xml: string): string {
    const forgedHead = xml.slice(0, xml.indexOf('<ds:Signature')).replace(/ ID="[^"]*"/, ' ID="_forged"');
    const tail = xml.slice(xml.indexOf('</ds:Signature>') + '</ds:Signature>'.length);
    const original = xml.replace(signatureOf(xml), '');
    const carrier = signatureOf(xml).replace('</ds:Signature>', `<ds:Object>${original}</ds:Object></ds:Signature>`);
    return forgedHead + carrier + tail.replace('279035121518989', '111111111111111');
  }
});
