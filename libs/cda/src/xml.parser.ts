import { ParseOption, XmlDocument, XmlTreeNode } from 'libxml2-wasm';
import type { XmlElement, XmlNode } from 'libxml2-wasm';
import { CdaFault } from './cda.fault.js';

/**
 * The caller disposes of the document. Nothing outside the bytes is read.
 * @throws CdaFault CDA_INVALID
 */
export function parseXml(bytes: Buffer): XmlDocument {
  try {
    return XmlDocument.fromBuffer(bytes, {
      encoding: 'UTF-8',
      option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NOERROR,
    });
  } catch (cause) {
    throw new CdaFault('CDA_INVALID', 'Le document n’est pas du XML bien formé. Faire corriger le logiciel émetteur.', {
      cause,
    });
  }
}

/** Child nodes. The binding cannot step over a processing instruction, so an element that has one is asked by XPath, which is slower. */
export function contentOf(element: XmlElement): XmlNode[] {
  const nodes: XmlNode[] = [];
  for (let child: XmlNode | null = element.firstChild; child !== null; child = child.next) {
    if (!(child instanceof XmlTreeNode)) return element.find('* | text()');
    nodes.push(child);
  }
  return nodes;
}
