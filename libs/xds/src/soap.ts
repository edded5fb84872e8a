import { actions } from './ebrim.constants.js';
import { plainSoap } from './mime.js';
import type { HttpBody, ReceivedHeader, RequestEnvelope, SoapFault } from './model.js';
import * as ns from './namespaces.js';
import { XdsFault } from './xds-fault.js';
import { escapeText } from './xml-text.js';
import type { XmlNode } from './xml-tree.js';
import { childOf, childrenOf, parseXml, requiredChild } from './xml-tree.js';

/** SOAP 1.2 with WS-Addressing 1.0. */

const anonymous = 'http://www.w3.org/2005/08/addressing/anonymous';

export function requestEnvelope(envelope: RequestEnvelope, action: string, body: string): Buffer {
  const security =
    envelope.assertion === null
      ? ''
      : `<wsse:Security xmlns:wsse="${ns.wsse}" soap:mustUnderstand="true">${envelope.assertion}</wsse:Security>`;
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${ns.soap}" xmlns:wsa="${ns.wsa}"><soap:Header>` +
      `<wsa:Action soap:mustUnderstand="true">${action}</wsa:Action>` +
      `<wsa:MessageID>${escapeText(envelope.messageId)}</wsa:MessageID>` +
      `<wsa:ReplyTo><wsa:Address>${anonymous}</wsa:Address></wsa:ReplyTo>` +
      `<wsa:To soap:mustUnderstand="true">${escapeText(envelope.to)}</wsa:To>${security}` +
      `</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`,
  );
}

export function responseEnvelope(action: string, relatesTo: string | null, body: string): HttpBody {
  const relation = relatesTo === null ? '' : `<wsa:RelatesTo>${escapeText(relatesTo)}</wsa:RelatesTo>`;
  const envelope = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${ns.soap}" xmlns:wsa="${ns.wsa}"><soap:Header>` +
      `<wsa:Action>${action}</wsa:Action>${relation}` +
      `</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`,
  );
  return plainSoap(envelope, action);
}

/** A SOAP 1.2 fault; `code` and `subcodes` are written in the SOAP namespace, as the DMP does (`soap:DMPInvalidCertificate`). */
export function buildSoapFault(
  fault: { readonly code: 'Sender' | 'Receiver'; readonly subcodes: readonly string[]; readonly reason: string },
  relatesTo: string | null,
): HttpBody {
  const subcode = fault.subcodes.reduceRight(
    (inner, code) => `<soap:Subcode><soap:Value>soap:${escapeText(code)}</soap:Value>${inner}</soap:Subcode>`,
    '',
  );
  return responseEnvelope(
    actions.fault,
    relatesTo,
    `<soap:Fault><soap:Code><soap:Value>soap:${fault.code}</soap:Value>${subcode}</soap:Code>` +
      `<soap:Reason><soap:Text xml:lang="fr">${escapeText(fault.reason)}</soap:Text></soap:Reason></soap:Fault>`,
  );
}

/** @throws XdsFault XDS_MALFORMED, XML_LIMIT, XML_DTD_FORBIDDEN */
export function openEnvelope(bytes: Buffer, maxBytes: number): { header: ReceivedHeader; content: XmlNode } {
  const envelope = parseXml(bytes, maxBytes);
  if (envelope.name !== 'Envelope' || envelope.namespace !== ns.soap) {
    throw new XdsFault('XDS_MALFORMED', 'Le message n’est pas une enveloppe SOAP 1.2.', { location: envelope.name });
  }
  const header = childOf(envelope, ns.soap, 'Header');
  const content = requiredChild(envelope, ns.soap, 'Body').children[0];
  if (!content) throw new XdsFault('XDS_MALFORMED', 'Le corps SOAP est vide.', { location: 'Body' });
  const assertions = header
    ? childrenOf(header, ns.wsse, 'Security').flatMap((security) => childrenOf(security, ns.saml, 'Assertion'))
    : [];
  if (assertions.length > 1) {
    throw new XdsFault('XDS_MALFORMED', 'L’en-tête de sécurité porte plusieurs assertions : une seule est permise.', {
      location: 'Assertion',
    });
  }
  const addressing = (name: string): string | null => childOf(header, ns.wsa, name)?.text.trim() ?? null;
  return {
    header: {
      messageId: addressing('MessageID'),
      action: addressing('Action'),
      to: addressing('To'),
      assertion: assertions[0]?.source() ?? null,
    },
    content,
  };
}

/** Null when the content is no SOAP fault. */
export function readFault(content: XmlNode): SoapFault | null {
  if (content.name !== 'Fault' || content.namespace !== ns.soap) return null;
  const code = childOf(content, ns.soap, 'Code');
  const subcodes: string[] = [];
  for (let sub = childOf(code, ns.soap, 'Subcode'); sub; sub = childOf(sub, ns.soap, 'Subcode')) {
    subcodes.push(localName(childOf(sub, ns.soap, 'Value')?.text));
  }
  return {
    kind: 'fault',
    code: localName(childOf(code, ns.soap, 'Value')?.text),
    subcodes,
    reason: childOf(childOf(content, ns.soap, 'Reason'), ns.soap, 'Text')?.text.trim() ?? '',
  };
}

function localName(qualified: string | undefined): string {
  const text = (qualified ?? '').trim();
  return text.slice(text.indexOf(':') + 1);
}
