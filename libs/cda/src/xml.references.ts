const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Decodes the predefined and numeric references of text that the scanner has already accepted. */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-fA-F]+|#[0-9]+|[a-z]+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(parseInt(name.slice(1), 10));
    return predefined[name] ?? whole;
  });
}

/** Character data as a parser gives it: line ends made one (XML 1.0 §2.11), then references decoded. */
export function characterData(written: string, cdata: boolean): string {
  const text = written.includes('\r') ? written.replace(/\r\n?/g, '\n') : written;
  return cdata ? text : decodeReferences(text);
}

/** The value of an attribute as a parser gives it: white space made spaces (XML 1.0 §3.3.3), then references decoded. */
export function attributeText(written: string): string {
  return decodeReferences(written.replace(/\r\n|[\t\r\n]/g, ' '));
}

export function isPredefinedReference(name: string): boolean {
  return Object.hasOwn(predefined, name);
}

/** `Char` of XML 1.0. */
export function isXmlCharacter(codePoint: number): boolean {
  if (codePoint < 0x20) return codePoint === 0x09 || codePoint === 0x0a || codePoint === 0x0d;
  if (codePoint < 0xd800) return true;
  if (codePoint < 0xe000) return false;
  return codePoint < 0xfffe || (codePoint > 0xffff && codePoint <= 0x10ffff);
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) =>
    character === '&' ? '&amp;' : character === '<' ? '&lt;' : character === '>' ? '&gt;' : '&quot;',
  );
}
