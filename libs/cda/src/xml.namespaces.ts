import { forbidden, malformed, tooMuch } from './xml.faults.js';

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const XINCLUDE_NAMESPACE = 'http://www.w3.org/2001/XInclude';

interface Binding {
  readonly depth: number;
  readonly prefix: string;
  readonly uri: string;
}

/** Prefixes in scope while a document is scanned. */
export class NamespaceScope {
  readonly #bindings: Binding[] = [];

  constructor(private readonly limit: number) {}

  /** @throws CdaFault XML_DTD_FORBIDDEN for XInclude, CDA_INVALID, XML_LIMIT */
  bind(depth: number, prefix: string, uri: string): void {
    if (uri === XINCLUDE_NAMESPACE) throw forbidden();
    if (prefix === 'xmlns' || (prefix === 'xml') !== (uri === XML_NAMESPACE)) throw malformed('espace de noms réservé');
    if (prefix !== '' && uri === '') throw malformed('préfixe sans espace de noms');
    if (this.#bindings.length >= this.limit) throw tooMuch('nombre d’espaces de noms');
    this.#bindings.push({ depth, prefix, uri });
  }

  /** @throws CdaFault CDA_INVALID for a prefix that is not declared */
  resolve(prefix: string): string {
    const binding = this.#bindings.findLast((candidate) => candidate.prefix === prefix);
    if (binding !== undefined) return binding.uri;
    if (prefix === '') return '';
    if (prefix === 'xml') return XML_NAMESPACE;
    throw malformed('préfixe sans espace de noms');
  }

  close(depth: number): void {
    while (this.#bindings.at(-1)?.depth === depth) this.#bindings.pop();
  }
}
