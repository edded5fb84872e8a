import { childOf, childrenOf, escapeText, parseXml, XdsFault, type XmlNode } from '@pfi/xds';
import { InsiFault } from './insi-fault.js';

export type { XmlNode } from '@pfi/xds';
export { childOf as childNamed, childrenOf as childrenNamed, escapeText as xmlText } from '@pfi/xds';

/** SOAP 1.2 with WS-Addressing 1.0, as the WSDL of the service binds it. */
const soap = 'http://www.w3.org/2003/05/soap-envelope';
const addressing = 'http://www.w3.org/2005/08/addressing';
const maxBytes = 1_000_000;

const envelope = (headers: string, body: string): Buffer =>
  Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${soap}" xmlns:wsa="${addressing}">` +
      `<soap:Header>${headers}</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`,
  );

export const soapRequest = (action: string, messageId: string, headers: string, body: string): Buffer =>
  envelope(`${headers}<wsa:Action>${action}</wsa:Action><wsa:MessageID>${escapeText(messageId)}</wsa:MessageID>`, body);

/** What the service sends back: status, media type and bytes. */
export interface SoapAnswer {
  readonly status: 200 | 500;
  readonly contentType: string;
  readonly body: Buffer;
}

const contentType = 'application/soap+xml; charset=UTF-8';

export const soapResponse = (action: string, relatesTo: string | null, body: string): SoapAnswer => ({
  status: 200,
  contentType,
  body: envelope(`<wsa:Action>${action}</wsa:Action>${relation(relatesTo)}`, body),
});

export const soapFault = (reason: string, detail: string, relatesTo: string | null): SoapAnswer => ({
  status: 500,
  contentType,
  body: envelope(
    relation(relatesTo),
    `<soap:Fault><soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code><soap:Reason>` +
      `<soap:Text xml:lang="fr">${escapeText(reason)}</soap:Text></soap:Reason><soap:Detail>${detail}</soap:Detail></soap:Fault>`,
  ),
});

const relation = (relatesTo: string | null): string =>
  relatesTo === null ? '' : `<wsa:RelatesTo>${escapeText(relatesTo)}</wsa:RelatesTo>`;

/** @throws InsiFault INSI_MALFORMED, XML_LIMIT, XML_DTD_FORBIDDEN */
export function openSoap(bytes: Buffer): { readonly content: XmlNode; readonly messageId: string | null } {
  const root = parsed(bytes);
  if (root.name !== 'Envelope' || root.namespace !== soap)
    throw new InsiFault('INSI_MALFORMED', 'Le message n’est pas une enveloppe SOAP 1.2.');
  const content = childOf(root, soap, 'Body')?.children[0];
  if (!content) throw new InsiFault('INSI_MALFORMED', 'Le corps SOAP est vide.');
  const messageId = childOf(childOf(root, soap, 'Header'), addressing, 'MessageID')?.text.trim() ?? null;
  return { content, messageId };
}

function parsed(bytes: Buffer): XmlNode {
  try {
    return parseXml(bytes, maxBytes);
  } catch (error) {
    if (!(error instanceof XdsFault)) throw error;
    const code = error.code === 'XML_DTD_FORBIDDEN' || error.code === 'XML_LIMIT' ? error.code : 'INSI_MALFORMED';
    throw new InsiFault(code, error.textFr, { cause: error });
  }
}

/** A SOAP fault, when the content is one; `subcodes` from the outside in, without prefix. */
export function faultOf(content: XmlNode): {
  readonly code: string;
  readonly subcodes: readonly string[];
  readonly reason: string;
  readonly detail: XmlNode | undefined;
} | null {
  if (content.name !== 'Fault' || content.namespace !== soap) return null;
  const code = childOf(content, soap, 'Code');
  const subcodes: string[] = [];
  for (let sub = childOf(code, soap, 'Subcode'); sub; sub = childOf(sub, soap, 'Subcode'))
    subcodes.push(localName(textOf(sub, soap, 'Value')));
  return {
    code: localName(code && textOf(code, soap, 'Value')),
    subcodes,
    reason: childOf(childOf(content, soap, 'Reason'), soap, 'Text')?.text.trim() ?? '',
    detail: childOf(content, soap, 'Detail'),
  };
}

const localName = (qualified = ''): string => qualified.slice(qualified.indexOf(':') + 1);

/** Trimmed text of a child; undefined when it is absent or empty. */
export const textOf = (node: XmlNode, namespace: string, name: string): string | undefined =>
  childrenOf(node, namespace, name)[0]?.text.trim() || undefined;
