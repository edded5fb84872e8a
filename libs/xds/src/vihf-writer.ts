import { createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { patientIdCx } from './hl7-value.js';
import type { XdsCode } from './model.js';
import * as ns from './namespaces.js';
import {
  activitySectorSystem,
  authnContext,
  normalAccess,
  vihfAttribute as names,
  x509SubjectName,
} from './vihf-attributes.js';
import type { VihfInput, VihfSigner } from './vihf.model.js';
import { enveloped, exclusiveC14n, rsaSha256, sha256 } from './xml-signature.constants.js';
import { XdsFault } from './xds-fault.js';
import { escapeAttribute, escapeText } from './xml-text.js';

const forgivenClockSeconds = 5;
const defaultValiditySeconds = 300;

/** @throws XdsFault CERTIFICATE_UNTRUSTED when the key is not the certificate's, or not RSA */
export function createVihfSigner(certificatePem: string | Buffer, privateKeyPem: string | Buffer): VihfSigner {
  const certificate = new X509Certificate(certificatePem);
  const privateKey = createPrivateKey(privateKeyPem);
  if (privateKey.asymmetricKeyType !== 'rsa' || !certificate.checkPrivateKey(privateKey)) {
    throw new XdsFault(
      'CERTIFICATE_UNTRUSTED',
      'La clé privée de signature (RSA) ne correspond pas au certificat cachet : vérifiez les deux fichiers.',
    );
  }
  return { issuer: distinguishedName(certificate), certificate, privateKey };
}

/** Distinguished name in RFC 2253 order; Node already escapes the values that way, one attribute a line. */
export function distinguishedName(certificate: X509Certificate): string {
  return certificate.subject.split('\n').reverse().join(',');
}

/**
 * A signed VIHF, to be put as it is in `wsse:Security`. It is written directly in exclusive canonical form (attributes in
 * order, namespaces where they are used), so that signing is one digest and one RSA operation.
 */
export function buildVihf(input: VihfInput, signer: VihfSigner): string {
  const issuedAt = input.issuedAt.toISOString();
  const head =
    `<saml2:Assertion xmlns:saml2="${ns.saml}" ID="${escapeAttribute(input.assertionId)}" IssueInstant="${issuedAt}" Version="2.0">` +
    `<saml2:Issuer Format="${x509SubjectName}">${escapeText(signer.issuer)}</saml2:Issuer>`;
  const tail = `${statements(input, issuedAt)}</saml2:Assertion>`;
  const digest = createHash('sha256').update(head).update(tail).digest('base64');
  return head + signature(input.assertionId, digest, signer) + tail;
}

function signature(assertionId: string, digest: string, signer: VihfSigner): string {
  const content =
    `<ds:CanonicalizationMethod Algorithm="${exclusiveC14n}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${rsaSha256}"></ds:SignatureMethod>` +
    `<ds:Reference URI="#${escapeAttribute(assertionId)}"><ds:Transforms>` +
    `<ds:Transform Algorithm="${enveloped}"></ds:Transform><ds:Transform Algorithm="${exclusiveC14n}"></ds:Transform>` +
    `</ds:Transforms><ds:DigestMethod Algorithm="${sha256}"></ds:DigestMethod>` +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const canonical = `<ds:SignedInfo xmlns:ds="${ns.ds}">${content}`;
  const value = sign('RSA-SHA256', Buffer.from(canonical), signer.privateKey).toString('base64');
  return (
    `<ds:Signature xmlns:ds="${ns.ds}"><ds:SignedInfo>${content}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${signer.certificate.raw.toString('base64')}</ds:X509Certificate>` +
    '</ds:X509Data></ds:KeyInfo></ds:Signature>'
  );
}

function statements(input: VihfInput, issuedAt: string): string {
  const at = input.issuedAt.getTime();
  const notBefore = new Date(at - forgivenClockSeconds * 1000).toISOString();
  const notOnOrAfter = new Date(at + (input.validForSeconds ?? defaultValiditySeconds) * 1000).toISOString();
  return (
    `<saml2:Subject><saml2:NameID>${escapeText(input.nameId)}</saml2:NameID></saml2:Subject>` +
    `<saml2:Conditions NotBefore="${notBefore}" NotOnOrAfter="${notOnOrAfter}"></saml2:Conditions>` +
    `<saml2:AuthnStatement AuthnInstant="${issuedAt}"><saml2:AuthnContext>` +
    `<saml2:AuthnContextClassRef>${authnContext}</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>` +
    `<saml2:AttributeStatement>${attributes(input)}</saml2:AttributeStatement>`
  );
}

function attributes(input: VihfInput): string {
  const { software, confidentiality } = input;
  return (
    text(names.version, input.version ?? '3.0') +
    text(names.structureId, input.structureId) +
    text(names.activitySector, `${input.activitySector}^${activitySectorSystem}`) +
    attribute(names.role, input.roles.map((role) => coded('Role', role)).join('')) +
    text(names.subject, input.subjectName) +
    text(names.authenticationMode, input.authenticationMode ?? 'INDIRECTE') +
    text(names.resourceId, patientIdCx(input.patientId, 'NH')) +
    text(names.resourceUrn, 'urn:dmp') +
    attribute(names.purposeOfUse, coded('PurposeOfUse', normalAccess, normalAccess.systemName)) +
    (confidentiality ? attribute(names.confidentiality, coded('ConfidentialityCode', confidentiality)) : '') +
    (software.id === undefined ? '' : text(names.softwareId, software.id)) +
    text(names.softwareName, software.name) +
    text(names.softwareVersion, software.version) +
    (software.approvalId === undefined ? '' : text(names.softwareApproval, software.approvalId))
  );
}

function attribute(name: string, values: string): string {
  return `<saml2:Attribute Name="${name}">${values}</saml2:Attribute>`;
}

function text(name: string, value: string): string {
  return attribute(name, attributeValue(escapeText(value)));
}

function attributeValue(content: string): string {
  return `<saml2:AttributeValue>${content}</saml2:AttributeValue>`;
}

/** An HL7 v3 CE; canonical order is attributes without namespace by name, then xsi:type. */
function coded(element: string, code: XdsCode, systemName?: string): string {
  return attributeValue(
    `<${element} xmlns="${ns.hl7v3}" xmlns:xsi="${ns.xsi}" code="${escapeAttribute(code.code)}" ` +
      `codeSystem="${escapeAttribute(code.system)}"` +
      `${systemName === undefined ? '' : ` codeSystemName="${escapeAttribute(systemName)}"`} ` +
      `displayName="${escapeAttribute(code.label)}" xsi:type="CE"></${element}>`,
  );
}
