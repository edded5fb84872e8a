/** Letters that Unicode does not decompose into a base letter and a diacritic. */
const LETTERS: Readonly<Record<string, string>> = {
  Œ: 'OE',
  Æ: 'AE',
  ẞ: 'SS',
  Ø: 'O',
  Ł: 'L',
  Đ: 'D',
  Ð: 'D',
  Þ: 'TH',
  Ħ: 'H',
};

/** RNIV form of a name: upper case A–Z, space, hyphen and apostrophe; no diacritics; single spaces. */
export function normaliseName(text: string): string {
  return text
    .toUpperCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[ŒÆẞØŁĐÐÞĦ]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/[’‘ʼ´`]/g, "'")
    .replace(/\p{Pd}|\u2212/gu, '-')
    .replace(/[^A-Z'-]+/g, ' ')
    .trim();
}
