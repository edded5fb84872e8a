import { actions } from './ebrim.constants.js';
import { readRegistryObjects } from './ebrim-reader.js';
import { registryObjects } from './ebrim-writer.js';
import { openSoapBody, xopPackage } from './mime.js';
import type { HttpBody, ReceivedHeader, RequestEnvelope, Submission, SubmittedDocument } from './model.js';
import * as ns from './namespaces.js';
import { openEnvelope, requestEnvelope } from './soap.js';
import { XdsFault } from './xds-fault.js';
import { escapeAttribute } from './xml-text.js';
import type { XmlNode } from './xml-tree.js';
import { childOf, childrenOf, requiredChild } from './xml-tree.js';

const maxRequestBytes = 100 * 1024 * 1024;

/** ITI-41 request, SOAP 1.2 with MTOM: the document bytes are the very buffers of the submission, after the XML part. */
export function buildProvideAndRegister(submission: Submission, envelope: RequestEnvelope): HttpBody {
  const documents = [...submission.documents, ...(submission.signature ? [submission.signature] : [])];
  const attachments = documents.map((document) => ({
    contentId: `${document.entry.entryUuid.replace(/^urn:uuid:/, '')}@xds.pfi`,
    contentType: document.entry.mimeType,
    content: document.content,
  }));
  const references = documents
    .map(
      (document, index) =>
        `<xdsb:Document id="${escapeAttribute(document.entry.entryUuid)}"><xop:Include xmlns:xop="${ns.xop}" ` +
        `href="cid:${escapeAttribute(attachments[index]?.contentId ?? '')}"/></xdsb:Document>`,
    )
    .join('');
  const body =
    `<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb="${ns.xdsb}" xmlns:lcm="${ns.lcm}" xmlns:rim="${ns.rim}">` +
    `<lcm:SubmitObjectsRequest><rim:RegistryObjectList>${registryObjects(submission)}</rim:RegistryObjectList>` +
    `</lcm:SubmitObjectsRequest>${references}</xdsb:ProvideAndRegisterDocumentSetRequest>`;
  const root = requestEnvelope(envelope, actions.provideAndRegister, body);
  return xopPackage(root, actions.provideAndRegister, attachments);
}

/**
 * Reads an ITI-41 request, its documents as MTOM attachments (views on `body`) or as inline base64.
 * @throws XdsFault XDS_MALFORMED, XDS_METADATA_INVALID, XDS_DOCUMENT_MISSING, XDS_DOCUMENT_METADATA_MISSING, XML_…
 */
export function parseProvideAndRegister(
  contentType: string,
  body: Buffer,
): { header: ReceivedHeader; submission: Submission } {
  const { envelope, attachments } = openSoapBody(contentType, body);
  const { header, content } = openEnvelope(envelope, maxRequestBytes);
  if (content.name !== 'ProvideAndRegisterDocumentSetRequest' || content.namespace !== ns.xdsb) {
    throw new XdsFault('XDS_MALFORMED', 'Le message n’est pas une demande ITI-41.', { location: content.name });
  }
  const submit = requiredChild(content, ns.lcm, 'SubmitObjectsRequest');
  const objects = readRegistryObjects(requiredChild(submit, ns.rim, 'RegistryObjectList'));
  const contents = readContents(content, attachments);
  const documents = objects.entries.map((entry): SubmittedDocument => {
    const bytes = contents.get(entry.entryUuid);
    if (!bytes) {
      throw new XdsFault('XDS_DOCUMENT_MISSING', 'Une fiche n’a pas son document.', { location: entry.entryUuid });
    }
    contents.delete(entry.entryUuid);
    return { entry, content: bytes };
  });
  const [orphan] = contents.keys();
  if (orphan !== undefined) {
    throw new XdsFault('XDS_DOCUMENT_METADATA_MISSING', 'Un document n’a pas sa fiche.', { location: orphan });
  }
  const signature = documents.find((document) => document.entry.entryUuid === objects.signatureEntryUuid);
  return {
    header,
    submission: {
      submissionSet: objects.submissionSet,
      documents: documents.filter((document) => document !== signature),
      replacements: objects.replacements,
      ...(signature ? { signature } : {}),
    },
  };
}

function readContents(request: XmlNode, attachments: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (const node of childrenOf(request, ns.xdsb, 'Document')) {
    const id = node.attributes.get('id') ?? '';
    if (contents.has(id)) {
      throw new XdsFault('XDS_MALFORMED', 'Deux documents portent le même identifiant.', { location: 'Document' });
    }
    contents.set(id, readContent(node, attachments));
  }
  return contents;
}

function readContent(node: XmlNode, attachments: ReadonlyMap<string, Buffer>): Buffer {
  const href = childOf(node, ns.xop, 'Include')?.attributes.get('href');
  if (href === undefined) return Buffer.from(node.text, 'base64');
  const attachment = href.startsWith('cid:') ? attachments.get(decodeContentId(href.slice(4))) : undefined;
  if (!attachment) {
    throw new XdsFault('XDS_DOCUMENT_MISSING', 'La pièce jointe d’un document manque.', { location: 'Include' });
  }
  return attachment;
}

function decodeContentId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new XdsFault('XDS_MALFORMED', 'La référence d’une pièce jointe est mal écrite.', {
      cause,
      location: 'Include',
    });
  }
}
