import { bodyInvalid, pointerOf } from './problem.js';

const MAX_DEPTH = 32;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * JSON without the room that RFC 8259 leaves: no duplicate key, no `__proto__`, no number beyond a double, no NUL nor lone
 * surrogate, at most 32 levels. Throws `BODY_INVALID` with a pointer.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bodyInvalid('Le corps n’est pas un JSON bien formé.', '');
  }
  new Scan(text).value([]);
  return value;
}

/** Walks a text that `JSON.parse` has accepted, so the syntax is known to be right. */
class Scan {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(path: PropertyKey[]): void {
    if (path.length > MAX_DEPTH)
      throw bodyInvalid(`Le JSON a plus de ${MAX_DEPTH} niveaux.`, pointerOf(path.slice(0, 8)));
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '{') this.#object(path);
    else if (first === '[') this.#array(path);
    else if (first === '"') this.#string(path);
    else if (first === 't' || first === 'n') this.#at += 4;
    else if (first === 'f') this.#at += 5;
    else this.#number(path);
  }

  #object(path: PropertyKey[]): void {
    const keys = new Set<string>();
    this.#members('}', () => {
      const key = this.#string(path);
      const place = [...path, key];
      if (keys.has(key)) throw bodyInvalid('Une clé est présente deux fois.', pointerOf(place));
      if (key === '__proto__') throw bodyInvalid('Une clé est interdite.', pointerOf(place));
      keys.add(key);
      this.#skipSpace();
      this.#at++;
      this.value(place);
    });
  }

  #array(path: PropertyKey[]): void {
    let index = 0;
    this.#members(']', () => this.value([...path, index++]));
  }

  #members(end: string, member: () => void): void {
    this.#at++;
    this.#skipSpace();
    while (this.#text[this.#at] !== end) {
      member();
      this.#skipSpace();
      if (this.#text[this.#at] === ',') this.#at++;
      this.#skipSpace();
    }
    this.#at++;
  }

  #string(path: PropertyKey[]): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    this.#at = end + 1;
    const raw = this.#text.slice(start + 1, end);
    if (!raw.includes('\\')) return raw;
    const decoded = JSON.parse(`"${raw}"`) as string;
    if (!decoded.isWellFormed() || decoded.includes('\0')) {
      throw bodyInvalid('Un texte contient un caractère interdit.', pointerOf(path));
    }
    return decoded;
  }

  #isEscaped(quote: number): boolean {
    let backslashes = 0;
    while (this.#text[quote - 1 - backslashes] === '\\') backslashes++;
    return backslashes % 2 === 1;
  }

  #number(path: PropertyKey[]): void {
    NUMBER.lastIndex = this.#at;
    const [digits = ''] = NUMBER.exec(this.#text) ?? [];
    if (!Number.isFinite(Number(digits))) throw bodyInvalid('Un nombre est hors limites.', pointerOf(path));
    this.#at += digits.length;
  }

  #skipSpace(): void {
    while (' \n\r\t'.includes(this.#text[this.#at] ?? 'end')) this.#at++;
  }
}
