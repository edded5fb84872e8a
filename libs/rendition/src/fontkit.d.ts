/** The little of fontkit that is used here: fonts parsed once, given to every document. */
declare module 'fontkit' {
  export interface Font {
    layout(text: string): { readonly advanceWidth: number };
    readonly unitsPerEm: number;
  }
  export function create(bytes: Buffer): Font;
}
