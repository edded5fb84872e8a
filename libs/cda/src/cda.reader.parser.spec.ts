import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { XmlCData, XmlElement, XmlText } from 'libxml2-wasm';
import { readHeader } from './cda-header.reader.js';
import { outlineCda } from './cda.outline.js';
import { readCda } from './cda.reader.js';
import { writeCdaForTests } from './testing/index.js';
import { contentOf, parseXml } from './xml.parser.js';
import type { TreeElement } from './xml-tree.js';

const NAMESPACE = 'urn:hl7-org:v3';

/** The whole header as libxml2 sees it: the independent reading that the scan is held against. */
function headerByParser(bytes: Buffer) {
  const { root, component } = outlineCda(bytes);
  const document = parseXml(
    Buffer.concat([bytes.subarray(0, component.start), Buffer.from(`</${root.qualifiedName}>`)]),
  );
  try {
    return readHeader(copied(document.root));
  } finally {
    document.dispose();
  }
}

function copied(element: XmlElement): TreeElement {
  const attributes = element.attrs
    .filter(({ prefix }) => prefix === '')
    .map(({ name, value }): [string, string] => [name, value]);
  const children: TreeElement[] = [];
  let text = '';
  for (const child of contentOf(element)) {
    if (child instanceof XmlElement && child.namespaceUri === NAMESPACE) children.push(copied(child));
    else if (child instanceof XmlText || child instanceof XmlCData) text += child.content;
  }
  return { name: element.name, attributes: new Map(attributes), children, text: text.trim() };
}

const header = (bytes: Buffer, read: (bytes: Buffer) => unknown): unknown => {
  try {
    return read(bytes);
  } catch {
    return 'refused';
  }
};

describe('reading a header without a parser', () => {
  const documents = [writeCdaForTests('N1'), writeCdaForTests('N3')];

  it.each([
    ['line ends and tabs in attributes and texts', (xml: string) => xml.replaceAll('\n', '\r\n\t')],
    ['line ends inside values', (xml: string) => xml.replaceAll('JEANNE ', 'JEANNE\r\n\t')],
    ['references', (xml: string) => xml.replaceAll('JEANNE', '&#74;&#x45;A&amp;NN&apos;E&#13;')],
    ['CDATA and comments', (xml: string) => xml.replaceAll('JEANNE', '<![CDATA[JE&amp;]]>AN<!-- - -->NE<?a b?>')],
    ['single quotes', (xml: string) => xml.replaceAll(/="([^"']*)"/g, "='$1'")],
    ['attributes of other namespaces', (xml: string) => xml.replaceAll('<id ', '<id xmlns:o="urn:o" o:root="9.9" ')],
    ['elements of other namespaces', (xml: string) => xml.replaceAll('<given', '<given xmlns="urn:o">X</given><given')],
  ])('gives what a parser gives, with %s', (_name, change) => {
    for (const document of documents) {
      const bytes = Buffer.from(change(document.toString()));
      expect(readCda(bytes).header).toEqual(headerByParser(bytes));
    }
  });

  it('gives what a parser gives, or refuses, whatever was changed in a document', () => {
    const signs = [
      '<',
      '>',
      '&',
      '"',
      "'",
      '=',
      ' ',
      '\r',
      '\t',
      '/',
      '!',
      ':',
      ']]>',
      '<a>',
      '</id>',
      'x:',
      '&#9;',
      '\u00a0',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.array(fc.record({ at: fc.nat(6_000), cut: fc.nat(2), put: fc.constantFrom('', ...signs) }), {
          maxLength: 3,
        }),
        (document, edits) => {
          const bytes = edits.reduce(
            (before, { at, cut, put }) =>
              Buffer.concat([before.subarray(0, at), Buffer.from(put), before.subarray(at + cut)]),
            document,
          );
          const read = header(bytes, (given) => readCda(given).header);
          if (read !== 'refused') expect(read).toEqual(header(bytes, headerByParser));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
