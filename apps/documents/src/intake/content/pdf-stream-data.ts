/** What begins or ends the data of a stream. An object that stands in them is one for whoever follows a cross-reference to it. */
const KEYWORDS = />>\s*stream\r?\n|endstream|obj/g;

/** Tells, of ever later places in the bytes of a PDF, whether they look like the data of a stream: an image, a font. */
export class StreamData {
  #read = 0;
  #inside = false;

  constructor(private readonly bytes: Buffer) {}

  holds(place: number): boolean {
    for (const [keyword] of this.bytes.toString('latin1', this.#read, place).matchAll(KEYWORDS))
      this.#inside = keyword.startsWith('>>');
    this.#read = place;
    return this.#inside;
  }
}
