import { describe, expect, it } from '@jest/globals';
import { CdaFault } from './cda.fault.js';
import { defaultXmlLimits } from './xml.limits.js';
import type { XmlLimits } from './xml.limits.js';
import { scanXml } from './xml.scanner.js';

const scan = (xml: string | Buffer, limits: Partial<XmlLimits> = {}) =>
  scanXml(Buffer.from(xml as string), { ...defaultXmlLimits, ...limits }, () => true);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CdaFault) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('the XML scan', () => {
  it.each([
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['a DOCTYPE in lower case', '<!doctype a><a/>'],
    [
      'a DOCTYPE after a comment and an instruction',
      '<?xml version="1.0"?><!-- x --><?p i?><!DOCTYPE a SYSTEM "http://x/"><a/>',
    ],
    ['billion laughs', '<!DOCTYPE l [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><l>&b;</l>'],
    ['a declaration inside an element', '<a><!ENTITY x "y"></a>'],
    ['a reference to an entity in text', '<a>&xxe;</a>'],
    ['a reference to an entity in an attribute', '<a b="&xxe;"/>'],
    [
      'XInclude under any prefix',
      '<a xmlns:zz="http://www.w3.org/2001/XInclude"><zz:include href="file:///etc/passwd"/></a>',
    ],
    ['XInclude with an escaped namespace', '<a xmlns:zz="http://www.w3.org/2001/XIn&#99;lude"/>'],
  ])('refuses %s as XML_DTD_FORBIDDEN', (_name, xml) => {
    expect(codeOf(() => scan(xml))).toBe('XML_DTD_FORBIDDEN');
  });

  it.each([
    ['text that only looks like a DOCTYPE in a comment', '<a><!-- <!DOCTYPE a> --></a>'],
    ['text that only looks like a DOCTYPE in CDATA', '<a><![CDATA[<!DOCTYPE a> &xxe;]]></a>'],
    ['a byte order mark', '\ufeff<?xml version="1.0" encoding="utf-8"?><a/>'],
    ['the predefined and numeric references', '<a b="&quot;">&amp;&lt;&gt;&apos;&#233;&#x1F600;</a>'],
    ['names with letters of any script', '<é:à xmlns:é="urn:é" été=""/>'],
    ['trailing white space, comments and instructions', '<a/>\n<!-- b --><?c d?>\n'],
    ['prefixes that are declared', '<p:a xmlns:p="urn:p"><b p:c="" xml:lang="fr"/></p:a>'],
    ['single quotes and spaces in tags', "<a  b = 'x' ><c /></a >"],
  ])('accepts %s', (_name, xml) => {
    expect(codeOf(() => scan(xml))).toBe('accepted');
  });

  it.each([
    ['nothing', ''],
    ['text alone', 'hello'],
    ['an element that is not closed', '<a><b></b>'],
    ['crossed tags', '<a><b></a></b>'],
    ['a closing tag of a longer name', '<a></ab>'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>x'],
    ['an attribute without quotes', '<a b=c/>'],
    ['a repeated attribute', '<a b="1" b="2"/>'],
    ['a repeated attribute among many', `<a ${Array.from({ length: 20 }, (_, i) => `b${i % 19}="x"`).join(' ')}/>`],
    ['attributes that are not separated', '<a b="1"c="2"/>'],
    ['« < » in an attribute', '<a b="<"/>'],
    ['an isolated ampersand', '<a>& b</a>'],
    ['a reference to a forbidden character', '<a>&#0;</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a non-character', '<a>\uffff</a>'],
    ['a non-character in a name', '<a\uffff/>'],
    ['a symbol in a name', '<a→b/>'],
    ['« ]]> » in text', '<a>]]></a>'],
    ['a double hyphen in a comment', '<a><!-- -- --></a>'],
    ['a comment that is not closed', '<a><!-- </a>'],
    ['CDATA that is not closed', '<a><![CDATA[ </a>'],
    ['a prefix that is not declared', '<a><p:b/></a>'],
    ['a prefix used outside its scope', '<a><b xmlns:p="urn:p"/><p:c/></a>'],
    ['an attribute prefix that is not declared', '<a p:b=""/>'],
    ['an XML declaration inside', '<a><?xml version="1.0"?></a>'],
    ['a space before the XML declaration', ' <?xml version="1.0"?><a/>'],
    ['XML 1.1', '<?xml version="1.1"?><a/>'],
    ['another declared encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
    ['UTF-7', '<?xml version="1.0" encoding="UTF-7"?><a/>'],
    ['a truncated document', '<a b="c'],
  ])('refuses %s as CDA_INVALID', (_name, xml) => {
    expect(codeOf(() => scan(xml))).toBe('CDA_INVALID');
  });

  it.each([
    ['UTF-16 with its mark', Buffer.from('\ufeff<!DOCTYPE a><a/>', 'utf16le')],
    ['UTF-16 without mark', Buffer.from('<!DOCTYPE a><a/>', 'utf16le')],
    ['UTF-16 big-endian', Buffer.from('\ufeff<a/>', 'utf16le').swap16()],
    ['Latin-1 bytes', Buffer.from('<a>é</a>', 'latin1')],
    ['an overlong sequence for « < »', Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0xbc, 0x3c, 0x2f, 0x61, 0x3e])],
  ])('refuses %s as CDA_INVALID', (_name, xml) => {
    expect(codeOf(() => scan(xml))).toBe('CDA_INVALID');
  });

  it.each([
    ['100 000 levels', '<a>'.repeat(100_000) + '</a>'.repeat(100_000)],
    ['257 levels', '<a>'.repeat(257) + '</a>'.repeat(257)],
    ['100 000 attributes', `<a ${Array.from({ length: 100_000 }, (_, i) => `b${i}=""`).join(' ')}/>`],
    ['a 50 MB text', Buffer.concat([Buffer.from('<a>'), Buffer.alloc(50_000_000, 'x'), Buffer.from('</a>')])],
    ['a 41 MB comment', Buffer.concat([Buffer.from('<a><!--'), Buffer.alloc(43_000_000, 'x'), Buffer.from('--></a>')])],
    ['a 2 MB attribute', `<a b="${'x'.repeat(2_000_000)}"/>`],
    ['more kept elements than the outline holds', `<a>${'<b/>'.repeat(40_001)}</a>`],
    [
      'hundreds of namespaces',
      `<a>${Array.from({ length: 3 }, (_, d) => `<b ${Array.from({ length: 100 }, (_v, i) => `xmlns:p${d}x${i}="u"`).join(' ')}>`).join('')}`,
    ],
  ])('refuses %s as XML_LIMIT', (_name, xml) => {
    expect(codeOf(() => scan(xml))).toBe('XML_LIMIT');
  });

  it('takes its limits from the caller', () => {
    expect(codeOf(() => scan('<a>12345678</a>', { textBytes: 8 }))).toBe('accepted');
    expect(codeOf(() => scan('<a>123456789</a>', { textBytes: 8 }))).toBe('XML_LIMIT');
    expect(codeOf(() => scan('<a><b/></a>', { depth: 1 }))).toBe('XML_LIMIT');
    expect(codeOf(() => scan('<a/>', { documentBytes: 3 }))).toBe('XML_LIMIT');
    expect(codeOf(() => scan('<a><b/><b/></a>', { elements: 2 }))).toBe('XML_LIMIT');
    expect(codeOf(() => scan('<a b="" c=""><d e=""/></a>', { attributes: 2 }))).toBe('XML_LIMIT');
  });

  it('gives the place of each element, comments and prefixes notwithstanding', () => {
    const xml = '<p:a xmlns:p="urn:p"><!-- <p:b/> --><p:b c="&lt;é">x<![CDATA[y]]></p:b><d/></p:a>';
    const bytes = Buffer.from(xml);
    const root = scan(xml);
    const b = root.first('b');
    expect(root.namespace).toBe('urn:p');
    expect(root.children.map(({ local, namespace }) => [local, namespace])).toEqual([
      ['b', 'urn:p'],
      ['d', ''],
    ]);
    expect(b && bytes.toString('utf8', b.start, b.end)).toBe('<p:b c="&lt;é">x<![CDATA[y]]></p:b>');
    expect(b && bytes.toString('utf8', b.contentStart, b.contentEnd)).toBe('x<![CDATA[y]]>');
    expect(b?.attribute('c')).toBe('<é');
    expect(b?.texts.map(({ start, end }) => bytes.toString('utf8', start, end))).toEqual(['x', 'y']);
  });
});
