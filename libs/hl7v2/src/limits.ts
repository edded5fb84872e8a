/** Bounds of one message; a hospital message stays far below. */
export const LIMITS = Object.freeze({
  segments: 2_000,
  /** Segments and blank lines; a CRLF leaves one of each. */
  lines: 8_000,
  /** Bytes of MSH. */
  headerBytes: 8_192,
  /** Fields of a segment; the standard's longest has fewer than a hundred. */
  fields: 500,
  repetitions: 1_000,
  /** Bytes of any field but the data of an OBX of type ED. */
  fieldBytes: 262_144,
  /** Bytes of a document once decoded. */
  documentBytes: 20 * 1_048_576,
  controlIdLength: 199,
});
