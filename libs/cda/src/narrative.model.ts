/** A piece of text; `\n` is a line break. */
export interface TextRun {
  readonly text: string;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly position?: 'sub' | 'sup';
}

export interface NarrativeParagraph {
  readonly kind: 'paragraph';
  readonly runs: readonly TextRun[];
}

export interface NarrativeList {
  readonly kind: 'list';
  readonly ordered: boolean;
  readonly items: readonly (readonly NarrativeBlock[])[];
}

export interface TableCell {
  readonly blocks: readonly NarrativeBlock[];
  readonly heading: boolean;
  /** colspan, rowspan */
  readonly columns: number;
  readonly rows: number;
}

export interface NarrativeTable {
  readonly kind: 'table';
  readonly rows: readonly (readonly TableCell[])[];
}

/** An image that stands in the text (observationMedia behind renderMultiMedia). */
export interface NarrativeImage {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export type NarrativeBlock = NarrativeParagraph | NarrativeList | NarrativeTable | NarrativeImage;

export interface NarrativeSection {
  readonly title: string;
  readonly blocks: readonly NarrativeBlock[];
  readonly sections: readonly NarrativeSection[];
}

/** What a person reads in a document, besides its header. */
export interface Narrative {
  /** Names of the informationRecipients. */
  readonly recipients: readonly string[];
  readonly sections: readonly NarrativeSection[];
}
