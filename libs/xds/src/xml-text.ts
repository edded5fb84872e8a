/** Characters that XML 1.0 cannot carry, even escaped. */
const forbidden = new RegExp('[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]', 'g');

const inText: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const inAttribute: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

/** Text of an element, escaped as Canonical XML writes it; characters that XML forbids become spaces. */
export function escapeText(text: string): string {
  return clean(text).replace(/[&<>\r]/g, (character) => inText[character] ?? character);
}

/** Value of an attribute between double quotes, escaped as Canonical XML writes it. */
export function escapeAttribute(text: string): string {
  return clean(text).replace(/[&<"\t\n\r]/g, (character) => inAttribute[character] ?? character);
}

function clean(text: string): string {
  return text.toWellFormed().replace(forbidden, ' ');
}
