import { readHeader } from './cda-header.reader.js';
import type { CdaDocument } from './cda.model.js';
import { CDA_NAMESPACE, outlineCda } from './cda.outline.js';
import { structureWarnings } from './cda-structure.rules.js';
import type { XmlLimits } from './xml.limits.js';
import { readXmlTree } from './xml-tree.reader.js';
import type { Wanted } from './xml-tree.reader.js';

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

/**
 * Reads the header of a CDA R2 document after a scan of all its bytes. Only the header goes through the XML parser; the body is proved
 * well-formed by the scan. Text is the whole string value. Nothing outside the bytes is ever read.
 * @throws CdaFault CDA_INVALID | XML_DTD_FORBIDDEN | XML_LIMIT
 */
export function readCda(bytes: Buffer, limits?: Partial<XmlLimits>): CdaDocument {
  const { root, component, body } = outlineCda(bytes, limits);
  const head = Buffer.concat([bytes.subarray(0, component.start), Buffer.from(`</${root.qualifiedName}>`)]);
  const tree = readXmlTree(head, CDA_NAMESPACE, wanted);
  const documentHeader = readHeader(tree);
  return {
    level: body.local === 'nonXMLBody' ? 'N1' : 'N3',
    header: documentHeader,
    warnings: structureWarnings(documentHeader, tree),
  };
}
