import { ParseOption, XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { ds } from './namespaces.js';
import { XdsFault } from './xds-fault.js';

/** A read-only element. Attributes without namespace are keyed by name, others by `{namespace}name`. */
export interface XmlNode {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** Own text, comments left out. */
  readonly text: string;
  /** The element as a document of its own: its canonical bytes with every namespace in scope. */
  readonly source: () => string;
}

interface OpenNode {
  namespace: string;
  name: string;
  attributes: Map<string, string>;
  children: XmlNode[];
  text: string;
  source: () => string;
  scope: ReadonlyMap<string, string>;
  declared: ReadonlySet<string>;
  start: number;
}

const options = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NOWARNING;

/**
 * Parses UTF-8 XML with no DTD, no entity, no network and bounded size. libxml2 checks well-formedness and canonicalises;
 * the tree is read from the canonical text, which leaves one spelling for everything.
 * @throws XdsFault XML_DTD_FORBIDDEN, XML_LIMIT, XDS_MALFORMED
 */
export function parseXml(bytes: Buffer, maxBytes: number): XmlNode {
  if (bytes.length > maxBytes) {
    throw new XdsFault('XML_LIMIT', `Le message XML dépasse la taille permise (${maxBytes} octets).`);
  }
  if (bytes.includes('<!DOCTYPE') || bytes.includes('<!ENTITY')) {
    throw new XdsFault('XML_DTD_FORBIDDEN', 'Le message XML contient une DTD : elle est interdite.');
  }
  if (bytes.includes(0)) throw malformed('Le message XML n’est pas encodé en UTF-8.');
  return readCanonical(canonicalise(bytes));
}

function canonicalise(bytes: Buffer): string {
  return withDocument(bytes, (document) => document.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_1_0 }));
}

function withDocument<T>(bytes: Buffer, use: (document: XmlDocument) => T): T {
  let document: XmlDocument;
  try {
    document = XmlDocument.fromBuffer(bytes, { option: options, encoding: 'UTF-8' });
  } catch (cause) {
    throw malformed('Le message XML est mal formé.', cause);
  }
  try {
    if (document.dtd) throw new XdsFault('XML_DTD_FORBIDDEN', 'Le message XML contient une DTD : elle est interdite.');
    return use(document);
  } finally {
    document.dispose();
  }
}

const exclusive = { mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 };

/**
 * The two texts that a signature on a root element is about, in exclusive canonical form: its SignedInfo, and the root without
 * its signature. The caller has checked with `parseXml` that there is exactly one of each.
 */
export function canonicalAssertion(bytes: Buffer): { signedInfo: string; signed: string } {
  return withDocument(bytes, (document) => {
    const signature = document.get('/*/ds:Signature', { ds });
    const signedInfo = signature?.get('ds:SignedInfo', { ds })?.canonicalizeToString(exclusive);
    if (!signature || signedInfo === undefined) throw malformed('Le message XML n’est pas signé.');
    signature.remove();
    return { signedInfo, signed: document.canonicalizeToString(exclusive) };
  });
}

const maxNamespaces = 64;

/** Reads Canonical XML: double quotes only, no comment, no CDATA, no empty-element tag. */
function readCanonical(xml: string): XmlNode {
  const open: OpenNode[] = [];
  let root: XmlNode | undefined;
  let position = 0;
  for (let tag = xml.indexOf('<'); tag >= 0; tag = xml.indexOf('<', position)) {
    const parent = open.at(-1);
    if (parent && tag > position) parent.text += unescape(xml.slice(position, tag));
    const end = endOfTag(xml, tag);
    position = end + 1;
    const second = xml[tag + 1];
    if (second === '?') continue;
    if (second === '/') {
      const node = open.pop();
      if (!node) break;
      node.source = () => standAlone(xml, node, end + 1);
      const outer = open.at(-1);
      if (outer) outer.children.push(node);
      else root = node;
    } else {
      open.push(openNode(xml.slice(tag + 1, end), parent?.scope ?? outermost, tag));
    }
  }
  if (!root) throw malformed('Le message XML est vide.');
  return root;
}

/** Canonical XML leaves `>` as it is inside attribute values. */
function endOfTag(xml: string, tag: number): number {
  let quoted = false;
  let cursor = tag + 1;
  for (; cursor < xml.length; cursor += 1) {
    const character = xml.charCodeAt(cursor);
    if (character === 0x22) quoted = !quoted;
    else if (character === 0x3e && !quoted) break;
  }
  return cursor;
}

const outermost: ReadonlyMap<string, string> = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);

function openNode(tag: string, outer: ReadonlyMap<string, string>, start: number): OpenNode {
  const space = tag.indexOf(' ');
  const raw: [name: string, value: string][] = [];
  const declarations: [prefix: string, uri: string][] = [];
  if (space >= 0) {
    for (const match of tag.slice(space).matchAll(/ ([^=]+)="([^"]*)"/g)) {
      const name = match[1] ?? '';
      const value = unescape(match[2] ?? '');
      if (name === 'xmlns' || name.startsWith('xmlns:')) declarations.push([name.slice(6), value]);
      else raw.push([name, value]);
    }
  }
  const scope = declarations.length === 0 ? outer : new Map([...outer, ...declarations]);
  if (scope.size > maxNamespaces) {
    throw new XdsFault('XML_LIMIT', `Le message XML déclare plus de ${maxNamespaces} espaces de noms.`);
  }
  const [prefix, name] = splitName(space < 0 ? tag : tag.slice(0, space));
  return {
    namespace: scope.get(prefix) ?? '',
    name,
    attributes: new Map(raw.map(([qualified, value]) => [attributeKey(qualified, scope), value])),
    children: [],
    text: '',
    source: () => '',
    scope,
    declared: new Set(declarations.map(([declared]) => declared)),
    start,
  };
}

function attributeKey(qualified: string, scope: ReadonlyMap<string, string>): string {
  const [prefix, name] = splitName(qualified);
  return prefix === '' ? name : `{${scope.get(prefix) ?? ''}}${name}`;
}

function splitName(qualified: string): [prefix: string, name: string] {
  const colon = qualified.indexOf(':');
  return colon < 0 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

function standAlone(xml: string, node: OpenNode, end: number): string {
  const own = xml.slice(node.start, end);
  const nameEnd = own.search(/[ >]/);
  let inherited = '';
  for (const [prefix, uri] of node.scope) {
    if (prefix === 'xml' || node.declared.has(prefix) || (prefix === '' && uri === '')) continue;
    inherited += ` xmlns${prefix === '' ? '' : `:${prefix}`}="${uri.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;
  }
  return own.slice(0, nameEnd) + inherited + own.slice(nameEnd);
}

const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#x9': '\t',
  '#xA': '\n',
  '#xD': '\r',
};

function unescape(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(amp|lt|gt|quot|#x9|#xA|#xD);/g, (_whole, name: string) => entities[name] ?? '');
}

function malformed(textFr: string, cause?: unknown): XdsFault {
  return new XdsFault('XDS_MALFORMED', textFr, { cause });
}

export function childrenOf(node: XmlNode, namespace: string, name: string): XmlNode[] {
  return node.children.filter((child) => child.name === name && child.namespace === namespace);
}

export function childOf(node: XmlNode | undefined, namespace: string, name: string): XmlNode | undefined {
  return node?.children.find((child) => child.name === name && child.namespace === namespace);
}

/** @throws XdsFault XDS_MALFORMED when the element is absent */
export function requiredChild(node: XmlNode, namespace: string, name: string): XmlNode {
  const found = childOf(node, namespace, name);
  if (!found) {
    throw new XdsFault('XDS_MALFORMED', `L’élément ${name} manque dans ${node.name}.`, { location: name });
  }
  return found;
}
