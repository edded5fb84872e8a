/** What a byte may be in character data: anything but 0 stops the scanner for a closer look. */
export const TEXT_PLAIN = 0;
export const TEXT_OPEN = 1;
export const TEXT_REFERENCE = 2;
export const TEXT_BRACKET = 3;
export const TEXT_ILLEGAL = 4;
export const TEXT_MAYBE_NONCHARACTER = 5;

export const textClass = new Uint8Array(256);
for (let byte = 0; byte < 0x20; byte++) textClass[byte] = TEXT_ILLEGAL;
textClass[0x09] = textClass[0x0a] = textClass[0x0d] = TEXT_PLAIN;
textClass[0x3c] = TEXT_OPEN;
textClass[0x26] = TEXT_REFERENCE;
textClass[0x5d] = TEXT_BRACKET;
textClass[0xef] = TEXT_MAYBE_NONCHARACTER;

export const NAME_START = 2;
export const NAME_PART = 1;

/** 2: may begin a name, 1: may continue it, 3: colon. Bytes of multi-byte characters pass for letters until the whole name is known. */
export const nameClass = new Uint8Array(256);
for (let byte = 0x80; byte < 0x100; byte++) nameClass[byte] = NAME_START;
for (let byte = 0x61; byte <= 0x7a; byte++) nameClass[byte] = nameClass[byte - 0x20] = NAME_START;
for (let byte = 0x30; byte <= 0x39; byte++) nameClass[byte] = NAME_PART;
nameClass[0x5f] = NAME_START;
nameClass[0x2d] = nameClass[0x2e] = NAME_PART;
export const NAME_COLON = 3;
nameClass[0x3a] = NAME_COLON;

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

const nameStart =
  'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}' +
  '\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}';
const ncName = `[${nameStart}][${nameStart}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}]*`;
const qualifiedName = new RegExp(`^${ncName}(?::${ncName})?$`, 'u');

/** `QName` of Namespaces in XML 1.0. */
export function isQualifiedName(text: string): boolean {
  return qualifiedName.test(text);
}
