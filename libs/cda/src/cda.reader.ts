import { readHeader } from './cda-header.reader.js';
import type { CdaDocument } from './cda.model.js';
import { outlineCda } from './cda.outline.js';
import type { CdaOutline } from './cda.outline.js';
import { structureWarnings } from './cda-structure.rules.js';
import { bodyText, pdfInBody } from './embedded-pdf.reader.js';
import { copyOfSections, pdfInCopy } from './pdf-copy.reader.js';
import type { XmlLimits } from './xml.limits.js';
import type { ElementSpan } from './xml.outline.js';
import type { Keep } from './xml.scanner.js';
import { treeOf } from './xml-tree.js';
import type { Wanted } from './xml-tree.js';

const header = new Set(
  (
    'realmCode typeId templateId id code title effectiveTime confidentialityCode languageCode setId versionNumber recordTarget ' +
    'author custodian legalAuthenticator documentationOf relatedDocument componentOf'
  ).split(' '),
);
const heavy = new Set(['telecom', 'guardian', 'responsibleParty', 'encounterParticipant', 'signatureCode']);

const wanted: Wanted = (name, parent) => {
  if (parent === 'ClinicalDocument') return header.has(name);
  return name === 'addr' ? parent === 'place' : !heavy.has(name);
};

/** The top elements, all that the header is read from, and where a PDF may stand in the body. */
const kept: Keep = (local, depth, parent) => {
  if (depth === 2) return true;
  if (header.has(topOf(parent).local)) return wanted(local, parent.local);
  return bodyText(local, depth, parent) || copyOfSections(local, depth, parent);
};

/** The child of the root that an element belongs to. */
function topOf(element: ElementSpan): ElementSpan {
  let top = element;
  while (top.depth > 2 && top.parent) top = top.parent;
  return top;
}

/** A document that was read, and what stands in its body. */
export interface OpenedCda extends CdaDocument {
  /**
   * The PDF that the document holds, byte for byte: the body of level 1, the copy of level 3; null when it holds none.
   * @throws CdaFault CDA_INVALID when it says PDF and holds no base64 of one
   */
  readonly pdf: () => Buffer | null;
}

/**
 * Reads the header of a CDA R2 document in one scan of all its bytes, which proves it well-formed. Text is the whole string value.
 * Nothing outside the bytes is ever read.
 * @throws CdaFault CDA_INVALID | XML_DTD_FORBIDDEN | XML_LIMIT
 */
export function openCda(bytes: Buffer, limits?: Partial<XmlLimits>): OpenedCda {
  const outline = outlineCda(bytes, limits, kept);
  return { ...documentOf(outline), pdf: () => pdfInBody(bytes, outline.body) ?? pdfInCopy(bytes, outline.body) };
}

/** As `openCda`, the header alone. */
export const readCda = (bytes: Buffer, limits?: Partial<XmlLimits>): CdaDocument =>
  documentOf(outlineCda(bytes, limits, kept));

function documentOf({ root, body }: CdaOutline): CdaDocument {
  const tree = treeOf(root, wanted);
  const documentHeader = readHeader(tree);
  return {
    level: body.local === 'nonXMLBody' ? 'N1' : 'N3',
    header: documentHeader,
    warnings: structureWarnings(documentHeader, tree),
  };
}
