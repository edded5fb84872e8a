import { ParseOption, XmlCData, XmlDocument, XmlElement, XmlText, XmlTreeNode } from 'libxml2-wasm';
import type { XmlNode } from 'libxml2-wasm';
import { CdaFault } from './cda.fault.js';

/** A plain copy of an element, of one namespace. Attributes without namespace only. */
export interface TreeElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly TreeElement[];
  /** The whole string value, comments and CDATA marks taken away, ends trimmed. */
  readonly text: string;
}

/** Which children are worth copying. */
export type Wanted = (name: string, parent: string) => boolean;

/**
 * Parses a small XML document and copies the wanted elements out of the parser's memory.
 * @throws CdaFault CDA_INVALID
 */
export function readXmlTree(bytes: Buffer, namespace: string, wanted: Wanted): TreeElement {
  const document = parseXml(bytes);
  try {
    return copy(document.root, namespace, wanted);
  } finally {
    document.dispose();
  }
}

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

function copy(element: XmlElement, namespace: string, wanted: Wanted): TreeElement {
  const name = element.name;
  const attributes = new Map<string, string>();
  for (const attribute of element.attrs) if (attribute.prefix === '') attributes.set(attribute.name, attribute.value);
  const children: TreeElement[] = [];
  let text = '';
  for (const child of contentOf(element)) {
    if (child instanceof XmlElement) {
      if (wanted(child.name, name) && child.namespaceUri === namespace) children.push(copy(child, namespace, wanted));
    } else if (child instanceof XmlText || child instanceof XmlCData) {
      text += child.content;
    }
  }
  return { name, attributes, children, text: text.trim() };
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

export function childrenOf(element: TreeElement | undefined, name: string): TreeElement[] {
  return element === undefined ? [] : element.children.filter((child) => child.name === name);
}

/** First descendant along a path of names. */
export function descend(element: TreeElement | undefined, ...path: readonly string[]): TreeElement | undefined {
  let current = element;
  for (const name of path) current = current?.children.find((child) => child.name === name);
  return current;
}

/** Value of an attribute, undefined when absent or empty. */
export function attributeOf(element: TreeElement | undefined, name: string): string | undefined {
  const value = element?.attributes.get(name)?.trim();
  return value === '' ? undefined : value;
}
