import { readCda, readNarrative, type NarrativeSection } from '@pfi/cda';
import { headerFacts } from './header-facts.js';
import { layBlocks, layRuns } from './layout.js';
import { Paper } from './paper.js';

const TITLE = 15;
const SECTION = 12;
const TEXT = 9;

/**
 * A plain rendering of a CDA document, header and narrative, as PDF/A-1b (design D13). The same document gives the same
 * bytes.
 * @throws CdaFault when the document cannot be read, has no text to show, or is too long
 */
export async function renderCda(bytes: Buffer): Promise<Buffer> {
  const { header } = readCda(bytes);
  const { recipients, sections } = readNarrative(bytes);
  const { traits } = header.patient;
  const paper = new Paper({
    title: header.title || header.code.label || 'Document',
    author: header.custodian?.name ?? '',
    at: header.effectiveAt ?? new Date(0),
  });
  paper.put(layRuns(paper, [{ text: header.title || header.code.label, bold: true }], paper.width, TITLE));
  paper.space(6);
  for (const [label, value] of headerFacts(header, recipients))
    paper.put(layRuns(paper, [{ text: `${label} : `, bold: true }, { text: value }], paper.width, TEXT));
  putSections(paper, sections, SECTION);
  return paper.end(
    [`${traits.birthName} ${traits.birthGivenNames}`.trim(), header.title].filter(Boolean).join(' – ').slice(0, 110),
  );
}

function putSections(paper: Paper, sections: readonly NarrativeSection[], size: number): void {
  for (const { title, blocks, sections: inner } of sections) {
    paper.space(10);
    if (title) paper.put(layRuns(paper, [{ text: title, bold: true }], paper.width, size));
    for (const block of blocks) {
      paper.space(3);
      paper.put(layBlocks(paper, [block], paper.width, TEXT));
    }
    putSections(paper, inner, Math.max(TEXT + 1, size - 1));
  }
}
