import { readRegistryObjects, type RegistryObjects } from './ebrim-reader.js';
import { registryObjects } from './ebrim-writer.js';
import type { DocumentEntry, SubmissionSet } from './model.js';
import * as ns from './namespaces.js';
import { XdsFault } from './xds-fault.js';
import { parseXml, requiredChild } from './xml-tree.js';

const maxBytes = 1024 * 1024;

/** Metadata of a submission as a file of its own (METADATA.XML of IHE XDM): SubmitObjectsRequest, UTF-8. */
export function buildSubmissionMetadata(submissionSet: SubmissionSet, entries: readonly DocumentEntry[]): Buffer {
  const documents = entries.map((entry) => ({ entry, content: Buffer.alloc(0) }));
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<lcm:SubmitObjectsRequest xmlns:lcm="${ns.lcm}" xmlns:rim="${ns.rim}">` +
      `<rim:RegistryObjectList>${registryObjects({ submissionSet, documents })}</rim:RegistryObjectList></lcm:SubmitObjectsRequest>\n`,
  );
}

/** @throws XdsFault XDS_MALFORMED, XDS_METADATA_INVALID, XML_LIMIT, XML_DTD_FORBIDDEN */
export function parseSubmissionMetadata(bytes: Buffer): Pick<RegistryObjects, 'submissionSet' | 'entries'> {
  const root = parseXml(bytes, maxBytes);
  if (root.name !== 'SubmitObjectsRequest' || root.namespace !== ns.lcm)
    throw new XdsFault('XDS_MALFORMED', 'Les métadonnées ne sont pas une soumission.', { location: root.name });
  const { submissionSet, entries } = readRegistryObjects(requiredChild(root, ns.rim, 'RegistryObjectList'));
  return { submissionSet, entries };
}
