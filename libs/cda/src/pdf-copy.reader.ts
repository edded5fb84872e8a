import { outlineCda } from './cda.outline.js';
import { pdfIn } from './embedded-pdf.reader.js';
import type { ElementSpan } from './xml.outline.js';
import type { Keep } from './xml.scanner.js';

/** FR-Document-PDF-copie: the section of a level 3 document that holds the same document as PDF. */
const COPY_SECTION = '1.2.250.1.213.1.1.2.243';

const isCopy = (section: ElementSpan): boolean =>
  section.all('templateId').some((id) => id.attribute('root')?.trim() === COPY_SECTION);

/** What has to be kept of a level 3 document for `pdfInCopy`: the tree of sections; below, only the entries of the copy, which come after its template ids. */
export const copyOfSections: Keep = (local, depth, parent) => {
  if (depth <= 3) return true;
  switch (parent.local) {
    case 'structuredBody':
      return local === 'component';
    case 'section':
      return local === 'templateId' || local === 'component' || (local === 'entry' && isCopy(parent));
    case 'component':
    case 'entry':
      return ['section', 'organizer', 'observationMedia'].includes(local);
    case 'organizer':
      return local === 'component';
    default:
      return parent.local === 'observationMedia' && local === 'value';
  }
};

/**
 * The PDF that a level 3 document carries as a copy of itself, byte for byte; null when it carries none.
 * @throws CdaFault CDA_INVALID when the copy says PDF and holds no base64 of one; those of the scan
 */
export function pdfCopy(bytes: Buffer): Buffer | null {
  return pdfInCopy(bytes, outlineCda(bytes, undefined, copyOfSections).body);
}

/** As `pdfCopy`, of a body that was found. */
export function pdfInCopy(bytes: Buffer, body: ElementSpan): Buffer | null {
  return body.local === 'structuredBody' ? copyIn(bytes, body) : null;
}

function copyIn(bytes: Buffer, element: ElementSpan): Buffer | null {
  for (const child of element.children) {
    const found = child.local === 'value' ? pdfIn(bytes, child) : copyIn(bytes, child);
    if (found) return found;
  }
  return null;
}
