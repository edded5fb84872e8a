import { actions, association as associations, statusOfUrn, statusUrn } from './ebrim.constants.js';
import { readSlots, readSubmissionSet } from './ebrim-reader.js';
import { statusChangeObjects } from './ebrim-writer.js';
import { openSoapBody, plainSoap } from './mime.js';
import type { HttpBody, ReceivedHeader, RequestEnvelope, StatusChange, SubmissionSet } from './model.js';
import * as ns from './namespaces.js';
import { openEnvelope, requestEnvelope } from './soap.js';
import { XdsFault } from './xds-fault.js';
import { childrenOf, requiredChild } from './xml-tree.js';

/** TD3.3c and TD3.3d on UpdateDocumentSet (interop §5.7): availability status of registered entries. */

const maxRequestBytes = 1024 * 1024;

/** Changes the status of entries, in a submission set of its own. The answer is read by `parseRegistryResponse`. */
export function buildStatusUpdate(
  update: { readonly submissionSet: SubmissionSet; readonly changes: readonly StatusChange[] },
  envelope: RequestEnvelope,
): HttpBody {
  const objects = statusChangeObjects(
    update.submissionSet,
    update.changes.map((change) => ({ ...change, from: statusUrn(change.from), to: statusUrn(change.to) })),
  );
  const body =
    `<lcm:SubmitObjectsRequest xmlns:lcm="${ns.lcm}" xmlns:rim="${ns.rim}">` +
    `<rim:RegistryObjectList>${objects}</rim:RegistryObjectList></lcm:SubmitObjectsRequest>`;
  return plainSoap(requestEnvelope(envelope, actions.updateDocumentSet, body), actions.updateDocumentSet);
}

/** @throws XdsFault XDS_MALFORMED, XDS_METADATA_INVALID, XML_LIMIT, XML_DTD_FORBIDDEN */
export function parseStatusUpdate(
  contentType: string,
  body: Buffer,
): { header: ReceivedHeader; submissionSet: SubmissionSet; changes: StatusChange[] } {
  const { header, content } = openEnvelope(openSoapBody(contentType, body).envelope, maxRequestBytes);
  if (content.name !== 'SubmitObjectsRequest' || content.namespace !== ns.lcm)
    throw new XdsFault('XDS_MALFORMED', 'Le message n’est pas une mise à jour de fiches.', { location: content.name });
  const list = requiredChild(content, ns.rim, 'RegistryObjectList');
  const [set] = childrenOf(list, ns.rim, 'RegistryPackage');
  if (!set) throw new XdsFault('XDS_METADATA_INVALID', 'Le lot de soumission manque.', { location: 'RegistryPackage' });
  const changes = childrenOf(list, ns.rim, 'Association')
    .filter((one) => one.attributes.get('associationType') === associations.updatesStatus)
    .map((one): StatusChange => {
      const slots = readSlots(one);
      return {
        entryUuid: one.attributes.get('targetObject') ?? '',
        from: statusOfUrn(slots.get('OriginalStatus')?.[0] ?? ''),
        to: statusOfUrn(slots.get('NewStatus')?.[0] ?? ''),
      };
    });
  if (changes.length === 0)
    throw new XdsFault('XDS_METADATA_INVALID', 'La mise à jour ne change aucun statut.', { location: 'Association' });
  return { header, submissionSet: readSubmissionSet(set), changes };
}
