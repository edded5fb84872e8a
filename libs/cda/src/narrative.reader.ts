import { XmlElement } from 'libxml2-wasm';
import { CdaFault } from './cda.fault.js';
import { outlineCda } from './cda.outline.js';
import { readBlocks } from './narrative-block.reader.js';
import type { Narrative, NarrativeSection } from './narrative.model.js';
import { contentOf, parseXml } from './xml.parser.js';

/**
 * The text that a person reads: titles and blocks of the sections of a structured body, or the lines of a plain text one.
 * Nothing is left out: an element that is not known gives its text.
 * @throws CdaFault CDA_INVALID when the body is neither; those of the scan
 */
export function readNarrative(bytes: Buffer): Narrative {
  outlineCda(bytes);
  const document = parseXml(bytes);
  try {
    const { root } = document;
    const [body] = elements(root, 'component').flatMap((component) => elements(component));
    return {
      recipients: elements(root, 'informationRecipient').map(nameOfRecipient).filter(Boolean),
      sections: body?.name === 'structuredBody' ? sectionsOf(body) : [plainText(body)],
    };
  } finally {
    document.dispose();
  }
}

const sectionsOf = (parent: XmlElement): NarrativeSection[] =>
  elements(parent, 'component')
    .flatMap((component) => elements(component, 'section'))
    .map((section) => ({
      title: textOf(elements(section, 'title')[0]),
      blocks: elements(section, 'text').flatMap((text) => readBlocks(text, section)),
      sections: sectionsOf(section),
    }));

function plainText(body: XmlElement | undefined): NarrativeSection {
  const [text] = body ? elements(body, 'text') : [];
  const mediaType = (text?.attr('mediaType')?.value ?? 'text/plain').trim().toLowerCase();
  if (!text || !mediaType.startsWith('text/plain'))
    throw new CdaFault('CDA_INVALID', `Le corps du CDA (${mediaType}) ne peut pas être rendu en PDF.`);
  const written = text.content;
  const lines =
    text.attr('representation')?.value === 'B64' ? Buffer.from(written, 'base64').toString('utf8') : written;
  const blocks = lines.split(/\r?\n/).map((line) => ({ kind: 'paragraph' as const, runs: [{ text: line }] }));
  return { title: '', blocks, sections: [] };
}

/** Person, organisation: whatever is named. */
function nameOfRecipient(recipient: XmlElement): string {
  const [intended] = elements(recipient, 'intendedRecipient');
  if (!intended) return '';
  const person = elements(intended, 'informationRecipient').flatMap((one) => elements(one, 'name'))[0];
  const organisation = elements(intended, 'receivedOrganization').flatMap((one) => elements(one, 'name'))[0];
  const words = person ? elements(person).map(textOf) : [];
  return [words.length > 0 ? words.join(' ') : textOf(person), textOf(organisation)].filter(Boolean).join(', ');
}

const elements = (parent: XmlElement, name?: string): XmlElement[] =>
  contentOf(parent).filter(
    (node): node is XmlElement => node instanceof XmlElement && (name === undefined || node.name === name),
  );

const textOf = (element: XmlElement | undefined): string => element?.content.replace(/\s+/g, ' ').trim() ?? '';
