import type { Marker } from './canaries.js';

/** How a text may be written where nobody expects it. */
export type Form = 'as it is' | 'URL-encoded' | 'base64' | 'hexadecimal' | 'quoted-printable' | 'in folded lines';

export interface Leak {
  readonly kind: Marker['kind'];
  readonly form: Form;
  /** Offset in the text. */
  readonly at: number;
}

interface Needle {
  readonly kind: Marker['kind'];
  readonly form: Form;
  readonly text: string;
  /** Base64 alone tells upper from lower case. */
  readonly exact: boolean;
}

/** Looks for canaries in whatever form. */
export class CanaryScan {
  readonly #needles: readonly Needle[];

  constructor(markers: readonly Marker[]) {
    this.#needles = markers.flatMap(needlesOf);
  }

  /** The first leak of each kind and form; empty when there is none. */
  leaks(text: string): Leak[] {
    const found = this.#find(text);
    if (!/=?(?:\r?\n|\\r|\\n)/.test(text)) return found;
    const unfolded = text.replace(/=?(?:\r\n|\n|\\r\\n|\\n)[ \t]*/g, '');
    const seen = new Set(found.map(({ kind }) => kind));
    const folded = this.#find(unfolded).filter(({ kind }) => !seen.has(kind));
    return [...found, ...folded.map((leak): Leak => ({ ...leak, form: 'in folded lines' }))];
  }

  #find(text: string): Leak[] {
    const lower = text.toLowerCase();
    return this.#needles.flatMap(({ kind, form, text: needle, exact }) => {
      const at = (exact ? text : lower).indexOf(needle);
      return at < 0 ? [] : [{ kind, form, at }];
    });
  }
}

function needlesOf({ kind, text }: Marker): Needle[] {
  const lower = text.toLowerCase();
  const bytes = Buffer.from(text);
  const hex = (of: string, sign: string) =>
    [...Buffer.from(of)].map((byte) => `${sign}${byte.toString(16).padStart(2, '0')}`).join('');
  const insensitive = (form: Form, needle: string): Needle => ({
    kind,
    form,
    text: needle.toLowerCase(),
    exact: false,
  });
  return [
    insensitive('as it is', lower),
    // every character escaped, as some encoders do; those that need none are found as they are
    insensitive('URL-encoded', hex(text, '%')),
    insensitive('URL-encoded', hex(lower, '%')),
    insensitive('quoted-printable', hex(text, '=')),
    insensitive('hexadecimal', hex(text, '')),
    ...[0, 1, 2].map((shift): Needle => ({ kind, form: 'base64', text: base64Inside(bytes, shift), exact: true })),
  ];
}

/** What is left of some bytes in the base64 of a longer text, where they begin at this place of a group of three. */
function base64Inside(bytes: Buffer, shift: number): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const sure = Math.floor((whole.length * 8) / 6);
  return whole.toString('base64').slice(Math.ceil((shift * 8) / 6), sure);
}
