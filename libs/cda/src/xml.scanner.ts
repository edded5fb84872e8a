/** Sizes in bytes. */
export interface XmlLimits {
  readonly documentBytes: number;
  readonly depth: number;
  readonly attributesPerElement: number;
  /** One run of character data, CDATA, comment or processing instruction. */
  readonly textBytes: number;
  readonly attributeBytes: number;
}
