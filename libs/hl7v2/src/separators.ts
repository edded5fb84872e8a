/** The characters that MSH-1 and MSH-2 declare. */
export interface Separators {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
}

export const STANDARD_SEPARATORS: Separators = Object.freeze({
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
});

/**
 * @param declared MSH-1 followed by MSH-2 (`|^~\&`, or six characters from HL7 2.7 on)
 * @returns undefined when a separator is missing, repeated, or not a printable ASCII sign
 */
export function parseSeparators(declared: string): Separators | undefined {
  if (declared.length < 5 || declared.length > 6) return undefined;
  if (!/^[!-/:-@[-`{-~]+$/.test(declared) || new Set(declared).size !== declared.length) return undefined;
  const [field = '', component = '', repetition = '', escape = '', subcomponent = ''] = declared;
  return { field, component, repetition, escape, subcomponent };
}
