import { createHash, verify, X509Certificate } from 'node:crypto';
import { readCx } from './hl7-value.js';
import type { XdsCode } from './model.js';
import * as ns from './namespaces.js';
import { vihfAttribute as names } from './vihf-attributes.js';
import { distinguishedName } from './vihf-writer.js';
import type { Vihf, VihfTrust } from './vihf.model.js';
import { enveloped, exclusiveC14n, rsaSha256, sha256 } from './xml-signature.constants.js';
import { XdsFault } from './xds-fault.js';
import type { XmlNode } from './xml-tree.js';
import { childOf, childrenOf, exclusiveCanonical, parseXml } from './xml-tree.js';

const maxAssertionBytes = 64 * 1024;

/**
 * Verifies the signature first, then reads the assertion from the bytes that were signed and from nothing else.
 * Accepted: one assertion, one signature on it, one Reference to its own ID, the algorithms of `xml-signature.constants`,
 * a certificate issued by one of the trusted authorities.
 * @throws XdsFault SIGNATURE_INVALID, CERTIFICATE_UNTRUSTED, ASSERTION_INVALID, ASSERTION_EXPIRED, ASSERTION_NOT_YET_VALID
 */
export function verifyVihf(assertionXml: string, trust: VihfTrust): Vihf {
  if (/<[!?]/.test(assertionXml)) {
    throw forged('L’assertion contient un commentaire, une instruction ou une section CDATA.');
  }
  const bytes = Buffer.from(assertionXml);
  const claimed = readSignature(parseXml(bytes, maxAssertionBytes));
  const certificate = parseCertificate(claimed.certificate);
  requireTrusted(certificate, trust);
  const signedInfo = exclusiveCanonical(Buffer.from(claimed.signedInfo));
  const signed = exclusiveCanonical(bytes, { xpath: '/*/ds:Signature', namespaces: { ds: ns.ds } });
  const digest = createHash('sha256').update(signed).digest('base64');
  if (
    !verify('RSA-SHA256', Buffer.from(signedInfo), certificate.publicKey, Buffer.from(claimed.value, 'base64')) ||
    digest !== claimed.digest
  ) {
    throw forged('La signature de l’assertion est fausse.');
  }
  return readAssertion(parseXml(Buffer.from(signed), maxAssertionBytes), certificate, trust);
}

interface ClaimedSignature {
  /** The element as a document of its own. */
  readonly signedInfo: string;
  readonly digest: string;
  readonly value: string;
  readonly certificate: string;
}

/** The shape of the signature, checked before any cryptography: everything that wrapping attacks need is refused here. */
function readSignature(assertion: XmlNode): ClaimedSignature {
  if (assertion.namespace !== ns.saml || assertion.name !== 'Assertion')
    throw forged('L’élément signé n’est pas une assertion.');
  const all = [...descendants(assertion)];
  const signatures = all.filter((node) => node.namespace === ns.ds && node.name === 'Signature');
  const signature = childOf(assertion, ns.ds, 'Signature');
  if (!signature || signatures.length !== 1) throw forged('L’assertion doit porter une seule signature.');
  const id = assertion.attributes.get('ID');
  const ids = all.flatMap((node) => [...node.attributes].filter(([name]) => /^(\{.*\})?id$/i.test(name)));
  if (!id || ids.length !== 1) throw forged('L’assertion doit porter un seul identifiant.');
  const signedInfo = only(signature, 'SignedInfo');
  const reference = only(signedInfo, 'Reference');
  if (reference.attributes.get('URI') !== `#${id}`) throw forged('La signature ne porte pas sur l’assertion.');
  requireAlgorithm(only(signedInfo, 'CanonicalizationMethod'), exclusiveC14n);
  requireAlgorithm(only(signedInfo, 'SignatureMethod'), rsaSha256);
  requireAlgorithm(only(reference, 'DigestMethod'), sha256);
  const [first, second, ...others] = only(reference, 'Transforms').children;
  if (!first || !second || others.length > 0) throw forged('La signature doit avoir deux transformations.');
  requireAlgorithm(first, enveloped);
  requireAlgorithm(second, exclusiveC14n);
  return {
    signedInfo: signedInfo.source(),
    digest: only(reference, 'DigestValue').text.trim(),
    value: only(signature, 'SignatureValue').text,
    certificate: only(only(only(signature, 'KeyInfo'), 'X509Data'), 'X509Certificate').text,
  };
}

function* descendants(node: XmlNode): Generator<XmlNode> {
  yield node;
  for (const child of node.children) yield* descendants(child);
}

function only(parent: XmlNode, name: string): XmlNode {
  const found = parent.children.filter((node) => node.name === name);
  const [node] = found;
  if (!node || found.length !== 1 || node.namespace !== ns.ds) {
    throw forged(`La signature doit contenir un seul élément ${name}.`);
  }
  return node;
}

function requireAlgorithm(node: XmlNode, algorithm: string): void {
  if (node.attributes.get('Algorithm') !== algorithm || node.children.length > 0)
    throw forged(`Algorithme refusé dans ${node.name}.`);
}

function parseCertificate(base64: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch (cause) {
    throw new XdsFault('CERTIFICATE_UNTRUSTED', 'Le certificat de la signature est illisible.', { cause });
  }
}

function requireTrusted(certificate: X509Certificate, { authorities, now }: VihfTrust): void {
  const issuer = authorities.find((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
  if (!issuer || certificate.ca) {
    throw new XdsFault('CERTIFICATE_UNTRUSTED', 'Le certificat de signature n’est pas émis par une autorité reconnue.');
  }
  for (const one of [certificate, issuer]) {
    if (now < one.validFromDate || now > one.validToDate) {
      throw new XdsFault(
        'CERTIFICATE_UNTRUSTED',
        'Le certificat de signature ou son autorité n’est pas en cours de validité.',
      );
    }
  }
}

function readAssertion(assertion: XmlNode, certificate: X509Certificate, trust: VihfTrust): Vihf {
  const conditions = childOf(assertion, ns.saml, 'Conditions');
  const notBefore = instant(conditions, 'NotBefore');
  const notOnOrAfter = instant(conditions, 'NotOnOrAfter');
  requireValidNow(notBefore, notOnOrAfter, trust);
  const issuer = childOf(assertion, ns.saml, 'Issuer')?.text ?? '';
  if (issuer !== distinguishedName(certificate))
    throw invalid('L’émetteur n’est pas le titulaire du certificat.', 'Issuer');
  const values = readAttributes(assertion);
  const text = (name: string): string => {
    const value = values.get(name)?.[0]?.text.trim();
    if (!value) throw invalid(`L’attribut ${name} manque dans le VIHF.`, name);
    return value;
  };
  const codes = (name: string): XdsCode[] => (values.get(name) ?? []).map((value) => readCode(value, name));
  const roles = codes(names.role);
  if (roles.length === 0) throw invalid('Le rôle manque dans le VIHF.', names.role);
  return {
    assertionId: assertion.attributes.get('ID') ?? '',
    issuer,
    issuedAt: instant(assertion, 'IssueInstant'),
    notBefore,
    notOnOrAfter,
    nameId: childOf(childOf(assertion, ns.saml, 'Subject'), ns.saml, 'NameID')?.text ?? '',
    subjectName: text(names.subject),
    roles,
    structureId: text(names.structureId),
    activitySector: text(names.activitySector).split('^')[0] ?? '',
    version: text(names.version),
    authenticationMode: text(names.authenticationMode),
    patientId: readCx(text(names.resourceId)),
    confidentiality: codes(names.confidentiality)[0] ?? null,
    certificate,
  };
}

function requireValidNow(notBefore: Date, notOnOrAfter: Date, { now, toleranceSeconds = 5 }: VihfTrust): void {
  const tolerance = toleranceSeconds * 1000;
  if (now.getTime() < notBefore.getTime() - tolerance) {
    throw new XdsFault('ASSERTION_NOT_YET_VALID', 'Le VIHF n’est pas encore valable : vérifiez les horloges.');
  }
  if (now.getTime() >= notOnOrAfter.getTime() + tolerance) {
    throw new XdsFault('ASSERTION_EXPIRED', 'Le VIHF est expiré : vérifiez les horloges.');
  }
}

function readAttributes(assertion: XmlNode): ReadonlyMap<string, readonly XmlNode[]> {
  const values = new Map<string, readonly XmlNode[]>();
  for (const statement of childrenOf(assertion, ns.saml, 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, ns.saml, 'Attribute')) {
      const name = attribute.attributes.get('Name') ?? '';
      if (values.has(name)) throw invalid('Un attribut du VIHF est donné plusieurs fois.', name);
      values.set(name, childrenOf(attribute, ns.saml, 'AttributeValue'));
    }
  }
  return values;
}

function readCode(value: XmlNode, name: string): XdsCode {
  const node = value.children[0];
  const code = node?.attributes.get('code');
  if (!node || node.namespace !== ns.hl7v3 || !code) throw invalid(`L’attribut ${name} n’est pas codé.`, name);
  return {
    code,
    system: node.attributes.get('codeSystem') ?? '',
    label: node.attributes.get('displayName') ?? '',
  };
}

function instant(node: XmlNode | undefined, name: string): Date {
  const date = new Date(node?.attributes.get(name) ?? '');
  if (Number.isNaN(date.getTime())) throw invalid(`La date ${name} manque dans l’assertion.`, name);
  return date;
}

function invalid(textFr: string, location: string): XdsFault {
  return new XdsFault('ASSERTION_INVALID', textFr, { location });
}

function forged(textFr: string): XdsFault {
  return new XdsFault('SIGNATURE_INVALID', textFr);
}
