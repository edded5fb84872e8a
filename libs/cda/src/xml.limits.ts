/** Sizes in bytes. */
export interface XmlLimits {
  readonly documentBytes: number;
  /** Everything before the body: the part that is copied. */
  readonly headerBytes: number;
  readonly depth: number;
  readonly elements: number;
  readonly attributesPerElement: number;
  /** Over the whole document. */
  readonly attributes: number;
  /** One run of character data, CDATA, comment or processing instruction. */
  readonly textBytes: number;
  readonly attributeBytes: number;
  readonly namespacesInScope: number;
  /** Elements and texts kept in memory with their position. */
  readonly outlineElements: number;
}

const megabyte = 1024 * 1024;

export const defaultXmlLimits: XmlLimits = {
  documentBytes: 50 * megabyte,
  headerBytes: 2 * megabyte,
  depth: 256,
  elements: 500_000,
  attributesPerElement: 256,
  attributes: 500_000,
  textBytes: 40 * megabyte,
  attributeBytes: megabyte,
  namespacesInScope: 256,
  outlineElements: 40_000,
};
