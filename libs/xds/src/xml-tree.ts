import { ParseOption, XmlC14NMode, XmlDocument, XmlParseError } from 'libxml2-wasm';
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
  attributes: ReadonlyMap<string, string>;
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
    if (cause instanceof XmlParseError && /XML_PARSE_HUGE|huge|limit/i.test(cause.message)) {
      throw new XdsFault('XML_LIMIT', 'Le message XML est trop profond ou un de ses textes est trop long.', { cause });
    }
    throw malformed('Le message XML est mal formé.', cause);
  }
  try {
    if (document.dtd) throw new XdsFault('XML_DTD_FORBIDDEN', 'Le message XML contient une DTD : elle est interdite.');
    return use(document);
  } finally {
    document.dispose();
  }
}

/** A whole document in exclusive canonical form, without the element that stands at `except` when given. */
export function exclusiveCanonical(
  bytes: Buffer,
  except?: { readonly xpath: string; readonly namespaces: Record<string, string> },
): string {
  return withDocument(bytes, (document) => {
    if (except) document.get(except.xpath, except.namespaces)?.remove();
    return document.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 });
  });
}

const maxNamespaces = 64;
const maxElements = 200_000;

/** Reads Canonical XML: double quotes only, no comment, no CDATA, no empty-element tag. */
function readCanonical(xml: string): XmlNode {
  const open: OpenNode[] = [];
  let root: XmlNode | undefined;
  let position = 0;
  let elements = 0;
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
      elements += 1;
      if (elements > maxElements) {
        throw new XdsFault('XML_LIMIT', `Le message XML contient plus de ${maxElements} éléments.`);
      }
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
  if (space < 0) return newNode(tag, outer, noAttributes, noDeclarations, start);
  const raw: [name: string, value: string][] = [];
  const declarations: [prefix: string, uri: string][] = [];
  for (let cursor = space + 1; cursor < tag.length;) {
    const equals = tag.indexOf('="', cursor);
    const close = tag.indexOf('"', equals + 2);
    const name = tag.slice(cursor, equals);
    const value = unescape(tag.slice(equals + 2, close));
    if (name === 'xmlns' || name.startsWith('xmlns:')) declarations.push([name.slice(6), value]);
    else raw.push([name, value]);
    cursor = close + 2;
  }
  const scope = declarations.length === 0 ? outer : new Map([...outer, ...declarations]);
  if (scope.size > maxNamespaces) {
    throw new XdsFault('XML_LIMIT', `Le message XML déclare plus de ${maxNamespaces} espaces de noms.`);
  }
  const attributes = new Map(raw.map(([qualified, value]) => [attributeKey(qualified, scope), value]));
  const declared = declarations.length === 0 ? noDeclarations : new Set(declarations.map(([prefix]) => prefix));
  return newNode(tag.slice(0, space), scope, attributes, declared, start);
}

const noAttributes: ReadonlyMap<string, string> = new Map();
const noDeclarations: ReadonlySet<string> = new Set();

function newNode(
  qualified: string,
  scope: ReadonlyMap<string, string>,
  attributes: ReadonlyMap<string, string>,
  declared: ReadonlySet<string>,
  start: number,
): OpenNode {
  const [prefix, name] = splitName(qualified);
  const namespace = scope.get(prefix) ?? '';
  return { namespace, name, attributes, children: [], text: '', source: () => '', scope, declared, start };
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
