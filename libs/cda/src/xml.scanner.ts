import {
  isQualifiedName,
  isSpace,
  nameClass,
  NAME_COLON,
  NAME_START,
  textClass,
  TEXT_BRACKET,
  TEXT_ILLEGAL,
  TEXT_OPEN,
  TEXT_PLAIN,
  TEXT_REFERENCE,
} from './xml.characters.js';
import { forbidden, malformed, tooMuch } from './xml.faults.js';
import type { XmlLimits } from './xml.limits.js';
import { NamespaceScope } from './xml.namespaces.js';
import { ElementSpan } from './xml.outline.js';
import type { AttributeSpan } from './xml.outline.js';
import { readPrelude } from './xml.prelude.js';
import { decodeReferences, isPredefinedReference, isXmlCharacter } from './xml.references.js';

/** Decides whether an element whose parent is kept is kept too. The root is always kept. */
export type Keep = (local: string, depth: number, parent: ElementSpan) => boolean;

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const LETTER_X = 0x78;

/**
 * Reads a whole document once, byte by byte, builds no tree of it and resolves nothing: refuses what is not well-formed UTF-8 XML 1.0
 * with namespaces, any DTD or entity, and whatever passes the limits. Returns the root with the elements that `keep` asked for.
 * @throws CdaFault CDA_INVALID | XML_DTD_FORBIDDEN | XML_LIMIT
 */
export function scanXml(bytes: Buffer, limits: XmlLimits, keep: Keep): ElementSpan {
  return new XmlScanner(bytes, limits, keep).scan();
}

class XmlScanner {
  #position = 0;
  #depth = 0;
  #root: ElementSpan | null = null;
  #current: ElementSpan | null = null;
  #kept = 0;
  readonly #names: Int32Array;
  readonly #attributes: Int32Array;
  #attributeCount = 0;
  #nameColon = -1;
  readonly #namespaces: NamespaceScope;
  #elements = 0;
  #allAttributes = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly limits: XmlLimits,
    private readonly keep: Keep,
  ) {
    this.#namespaces = new NamespaceScope(limits.namespacesInScope);
    this.#names = new Int32Array(2 * (limits.depth + 1));
    this.#attributes = new Int32Array(5 * limits.attributesPerElement);
  }

  scan(): ElementSpan {
    const { bytes } = this;
    this.#position = readPrelude(bytes, this.limits);
    while (this.#position < bytes.length) {
      this.#text();
      if (this.#position >= bytes.length) break;
      const next = bytes[this.#position + 1];
      if (next === SLASH) this.#endTag();
      else if (next === BANG) this.#commentOrCdata();
      else if (next === QUESTION) this.#instruction();
      else this.#startTag();
    }
    if (this.#root === null) throw malformed('aucun élément');
    if (this.#depth > 0) throw malformed('un élément n’est pas fermé');
    return this.#root;
  }

  /** Goes on to the next `<` or the end. */
  #text(): void {
    const { bytes } = this;
    const start = this.#position;
    const bound = Math.min(bytes.length, start + this.limits.textBytes + 1);
    let at = start;
    for (;;) {
      while (at < bound && textClass[bytes[at] as number] === TEXT_PLAIN) at++;
      if (at >= bound) break;
      const kind = textClass[bytes[at] as number];
      if (kind === TEXT_OPEN) break;
      if (kind === TEXT_REFERENCE) at = this.#reference(at);
      else if (kind === TEXT_BRACKET) {
        if (bytes[at + 1] === 0x5d && bytes[at + 2] === GT) throw malformed('« ]]> » dans un texte');
      } else this.#checkCharacter(at);
      at++;
    }
    if (at - start > this.limits.textBytes) throw tooMuch('taille d’un texte');
    if (this.#depth === 0 && bytes.toString('latin1', start, at).trim() !== '') {
      throw malformed('texte hors de l’élément racine');
    }
    if (at > start) this.#keepText(start, at, false);
    this.#position = at;
  }

  #keepText(start: number, end: number, cdata: boolean): void {
    const current = this.#current;
    if (current === null || current.depth !== this.#depth) return;
    this.#countKept();
    current.texts.push({ start, end, cdata });
  }

  #countKept(): void {
    if (++this.#kept > this.limits.outlineElements) throw tooMuch('nombre d’éléments ou de textes de l’en-tête');
  }

  #checkCharacter(at: number): void {
    const { bytes } = this;
    if (textClass[bytes[at] as number] === TEXT_ILLEGAL) throw malformed('caractère de contrôle interdit');
    if (bytes[at] === 0xef && bytes[at + 1] === 0xbf && (bytes[at + 2] as number) >= 0xbe) {
      throw malformed('caractère interdit');
    }
  }

  #checkCharacters(start: number, end: number): void {
    if (end - start > this.limits.textBytes) throw tooMuch('taille d’un texte');
    for (let at = start; at < end; at++) {
      if ((textClass[this.bytes[at] as number] as number) >= TEXT_ILLEGAL) this.#checkCharacter(at);
    }
  }

  /** Returns the position of the semicolon. */
  #reference(at: number): number {
    const end = this.bytes.subarray(at, at + 16).indexOf(0x3b);
    const name = end < 0 ? '' : this.bytes.toString('latin1', at + 1, at + end);
    if (isPredefinedReference(name)) return at + end;
    const numeric = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
    if (numeric !== null) {
      const codePoint = numeric[1] === undefined ? parseInt(numeric[2] as string, 10) : parseInt(numeric[1], 16);
      if (!isXmlCharacter(codePoint)) throw malformed('référence de caractère interdite');
      return at + end;
    }
    if ((nameClass[this.bytes[at + 1] ?? 0] as number) >= NAME_START) throw forbidden();
    throw malformed('« & » isolé');
  }

  #commentOrCdata(): void {
    const { bytes } = this;
    const start = this.#position;
    if (bytes[start + 2] === 0x2d && bytes[start + 3] === 0x2d) {
      const end = bytes.indexOf('--', start + 4);
      if (end < 0 || bytes[end + 2] !== GT) throw malformed('commentaire');
      this.#checkCharacters(start + 4, end);
      this.#position = end + 3;
      return;
    }
    if (bytes.toString('latin1', start, start + 9) !== '<![CDATA[') throw forbidden();
    const end = bytes.indexOf(']]>', start + 9);
    if (end < 0 || this.#depth === 0) throw malformed('section CDATA');
    this.#checkCharacters(start + 9, end);
    this.#keepText(start + 9, end, true);
    this.#position = end + 3;
  }

  #instruction(): void {
    const start = this.#position + 2;
    const end = this.bytes.indexOf('?>', start);
    const nameEnd = this.#name(start);
    if (end < 0 || nameEnd > end || this.#nameColon >= 0) throw malformed('instruction de traitement');
    if (nameEnd < end && !isSpace(this.bytes[nameEnd])) throw malformed('instruction de traitement');
    if (this.bytes.toString('latin1', start, nameEnd).toLowerCase() === 'xml')
      throw malformed('déclaration XML mal placée');
    this.#checkCharacters(nameEnd, end);
    this.#position = end + 2;
  }

  /** Reads a qualified name, returns its end; `#nameColon` is the place of its colon or -1. */
  #name(start: number): number {
    const { bytes } = this;
    this.#nameColon = -1;
    let at = start;
    let starting = true;
    let ascii = true;
    for (; ; at++) {
      const byte = bytes[at] ?? 0;
      const kind = nameClass[byte] as number;
      if (kind === 0) break;
      if (byte >= 0x80) ascii = false;
      if (kind === NAME_COLON) {
        if (starting || this.#nameColon >= 0) throw malformed('nom d’élément ou d’attribut');
        this.#nameColon = at;
        starting = true;
      } else {
        if (starting && kind < NAME_START) throw malformed('nom d’élément ou d’attribut');
        starting = false;
      }
    }
    if (starting || (!ascii && !isQualifiedName(bytes.toString('utf8', start, at)))) {
      throw malformed('nom d’élément ou d’attribut');
    }
    return at;
  }

  #endTag(): void {
    const { bytes } = this;
    const start = this.#position;
    if (this.#depth === 0) throw malformed('balise fermante sans ouvrante');
    const nameStart = this.#names[2 * this.#depth] as number;
    const length = (this.#names[2 * this.#depth + 1] as number) - nameStart;
    let at = start + 2;
    for (let i = 0; i < length; i++, at++) {
      if (bytes[at] !== bytes[nameStart + i]) throw malformed('balises ouvrante et fermante différentes');
    }
    while (isSpace(bytes[at])) at++;
    if (bytes[at] !== GT) throw malformed('balises ouvrante et fermante différentes');
    this.#position = at + 1;
    this.#close(start);
  }

  #close(contentEnd: number): void {
    const current = this.#current;
    if (current !== null && current.depth === this.#depth) {
      current.contentEnd = contentEnd;
      current.end = this.#position;
      this.#current = current.parent;
    }
    this.#namespaces.close(this.#depth);
    this.#depth--;
  }

  #startTag(): void {
    const { bytes, limits } = this;
    const start = this.#position;
    if (this.#depth === 0 && this.#root !== null) throw malformed('plusieurs éléments racines');
    const nameStart = start + 1;
    const nameEnd = this.#name(nameStart);
    const colon = this.#nameColon;
    if (++this.#depth > limits.depth) throw tooMuch('profondeur');
    if (++this.#elements > limits.elements) throw tooMuch('nombre d’éléments');
    this.#names[2 * this.#depth] = nameStart;
    this.#names[2 * this.#depth + 1] = nameEnd;
    this.#position = nameEnd;
    this.#readAttributes();
    const selfClosed = bytes[this.#position] === SLASH;
    if (selfClosed) this.#position++;
    if (bytes[this.#position] !== GT) throw malformed('balise ouvrante');
    this.#position++;
    if (this.#attributeCount > 0) this.#declareNamespaces();
    const prefix = colon < 0 ? '' : bytes.toString('utf8', nameStart, colon);
    if (prefix !== '') this.#namespaces.resolve(prefix);
    this.#keepElement(start, prefix, colon < 0 ? nameStart : colon + 1, nameEnd, selfClosed);
    if (selfClosed) this.#close(this.#position);
  }

  #keepElement(start: number, prefix: string, localStart: number, nameEnd: number, selfClosed: boolean): void {
    const parent = this.#current;
    if (this.#depth > 1 && (parent === null || parent.depth !== this.#depth - 1)) return;
    const local = this.bytes.toString('utf8', localStart, nameEnd);
    if (parent !== null && !this.keep(local, this.#depth, parent)) return;
    this.#countKept();
    const span = new ElementSpan(
      this.bytes,
      prefix === '' ? '' : `${prefix}:`,
      local,
      this.#namespaces.resolve(prefix),
      this.#depth,
      parent,
      start,
      this.#position,
      selfClosed,
      this.#attributeSpans(),
    );
    if (parent === null) this.#root = span;
    else parent.children.push(span);
    this.#current = span;
  }

  #attributeSpans(): AttributeSpan[] {
    const spans: AttributeSpan[] = [];
    for (let i = 0; i < this.#attributeCount; i++) {
      const [start, end, , valueStart, valueEnd] = this.#attributes.subarray(5 * i, 5 * i + 5) as unknown as number[];
      spans.push({
        name: this.bytes.toString('utf8', start as number, end as number),
        valueStart: valueStart as number,
        valueEnd: valueEnd as number,
      });
    }
    return spans;
  }

  #readAttributes(): void {
    const { bytes, limits } = this;
    this.#attributeCount = 0;
    let at = this.#position;
    for (;;) {
      const before = at;
      while (isSpace(bytes[at])) at++;
      if (bytes[at] === GT || bytes[at] === SLASH) break;
      if (at === before) throw malformed('balise ouvrante');
      if (this.#attributeCount >= limits.attributesPerElement) throw tooMuch('nombre d’attributs d’un élément');
      const nameStart = at;
      const nameEnd = (at = this.#name(at));
      const colon = this.#nameColon;
      while (isSpace(bytes[at])) at++;
      if (bytes[at++] !== 0x3d) throw malformed('attribut sans valeur');
      while (isSpace(bytes[at])) at++;
      const quote = bytes[at++];
      if (quote !== 0x22 && quote !== 0x27) throw malformed('valeur d’attribut sans guillemets');
      const valueStart = at;
      at = this.#attributeValue(at, quote);
      const slot = 5 * this.#attributeCount++;
      this.#attributes[slot] = nameStart;
      this.#attributes[slot + 1] = nameEnd;
      this.#attributes[slot + 2] = colon;
      this.#attributes[slot + 3] = valueStart;
      this.#attributes[slot + 4] = at;
      at++;
    }
    this.#position = at;
    this.#allAttributes += this.#attributeCount;
    if (this.#allAttributes > limits.attributes) throw tooMuch('nombre d’attributs');
    if (this.#attributeCount > 1) this.#refuseDuplicates();
  }

  #attributeValue(start: number, quote: number): number {
    const { bytes } = this;
    let at = start;
    for (; ; at++) {
      if (at >= bytes.length) throw malformed('valeur d’attribut non fermée');
      const byte = bytes[at] as number;
      if (byte === quote) break;
      if (byte === LT) throw malformed('« < » dans une valeur d’attribut');
      const kind = textClass[byte] as number;
      if (kind === TEXT_REFERENCE) at = this.#reference(at);
      else if (kind >= TEXT_ILLEGAL) this.#checkCharacter(at);
    }
    if (at - start > this.limits.attributeBytes) throw tooMuch('taille d’un attribut');
    return at;
  }

  #refuseDuplicates(): void {
    const count = this.#attributeCount;
    if (count <= 8) {
      for (let i = 1; i < count; i++)
        for (let j = 0; j < i; j++) if (this.#sameName(i, j)) throw malformed('attribut répété');
      return;
    }
    const names = new Set<string>();
    for (let slot = 0; slot < 5 * count; slot += 5) {
      names.add(this.bytes.toString('latin1', this.#attributes[slot], this.#attributes[slot + 1]));
    }
    if (names.size < count) throw malformed('attribut répété');
  }

  #sameName(i: number, j: number): boolean {
    const a = this.#attributes[5 * i] as number;
    const b = this.#attributes[5 * j] as number;
    const length = (this.#attributes[5 * i + 1] as number) - a;
    if (length !== (this.#attributes[5 * j + 1] as number) - b) return false;
    for (let k = 0; k < length; k++) if (this.bytes[a + k] !== this.bytes[b + k]) return false;
    return true;
  }

  #declareNamespaces(): void {
    const { bytes } = this;
    let prefixed = false;
    for (let i = 0; i < this.#attributeCount; i++) {
      const slot = 5 * i;
      const start = this.#attributes[slot] as number;
      const colon = this.#attributes[slot + 2] as number;
      if (bytes[start] !== LETTER_X || bytes.toString('latin1', start, start + 5) !== 'xmlns') {
        prefixed ||= colon >= 0;
        continue;
      }
      const end = this.#attributes[slot + 1] as number;
      if (colon >= 0 ? colon !== start + 5 : end !== start + 5) continue;
      const uri = decodeReferences(bytes.toString('utf8', this.#attributes[slot + 3], this.#attributes[slot + 4]));
      this.#namespaces.bind(this.#depth, colon < 0 ? '' : bytes.toString('utf8', colon + 1, end), uri);
    }
    if (prefixed) this.#resolveAttributes();
  }

  /** Two prefixes may stand for one namespace: then two attributes may have one name. */
  #resolveAttributes(): void {
    const { bytes } = this;
    const names = new Set<string>();
    for (let i = 0; i < this.#attributeCount; i++) {
      const slot = 5 * i;
      const colon = this.#attributes[slot + 2] as number;
      if (colon < 0) continue;
      const prefix = bytes.toString('utf8', this.#attributes[slot], colon);
      if (prefix === 'xmlns') continue;
      const name = `${this.#namespaces.resolve(prefix)} ${bytes.toString('utf8', colon + 1, this.#attributes[slot + 1])}`;
      if (names.has(name)) throw malformed('attribut répété');
      names.add(name);
    }
  }
}
