import { actions, responseStatus, severityPrefix } from './ebrim.constants.js';
import { openSoapBody } from './mime.js';
import type { HttpBody, RegistryError, RegistryResponse, RegistryStatus, SoapFault } from './model.js';
import * as ns from './namespaces.js';
import { openEnvelope, readFault, responseEnvelope } from './soap.js';
import { XdsFault } from './xds-fault.js';
import { escapeAttribute } from './xml-text.js';
import type { XmlNode } from './xml-tree.js';
import { childOf, childrenOf } from './xml-tree.js';

/** 16 MB: an answer holds metadata only. */
export const maxResponseBytes = 16 * 1024 * 1024;

export type RegistryOutcome = Pick<RegistryResponse, 'status' | 'errors'>;

export function buildRegistryResponse(response: RegistryOutcome, relatesTo: string | null): HttpBody {
  return responseEnvelope(
    actions.provideAndRegisterResponse,
    relatesTo,
    `<rs:RegistryResponse xmlns:rs="${ns.rs}" status="${responseStatus[response.status]}">` +
      `${errorList(response.errors)}</rs:RegistryResponse>`,
  );
}

/** Reads the answer of ITI-41, plain or inside multipart. @throws XdsFault XDS_MALFORMED, XML_LIMIT, XML_DTD_FORBIDDEN */
export function parseRegistryResponse(contentType: string, body: Buffer): RegistryResponse | SoapFault {
  const { content } = openEnvelope(openSoapBody(contentType, body).envelope, maxResponseBytes);
  const fault = readFault(content);
  if (fault) return fault;
  if (content.name !== 'RegistryResponse' || content.namespace !== ns.rs) {
    throw new XdsFault('XDS_MALFORMED', 'La réponse n’est pas un RegistryResponse.', { location: content.name });
  }
  return { kind: 'response', ...readOutcome(content) };
}

export function errorList(errors: readonly RegistryError[]): string {
  if (errors.length === 0) return '';
  const highest = errors.some((error) => error.severity === 'Error') ? 'Error' : 'Warning';
  const list = errors
    .map(
      (error) =>
        `<rs:RegistryError errorCode="${escapeAttribute(error.errorCode)}" codeContext="${escapeAttribute(error.codeContext)}" ` +
        `severity="${severityPrefix}${error.severity}"` +
        `${error.location === null ? '' : ` location="${escapeAttribute(error.location)}"`}/>`,
    )
    .join('');
  return `<rs:RegistryErrorList highestSeverity="${severityPrefix}${highest}">${list}</rs:RegistryErrorList>`;
}

export function readOutcome(node: XmlNode): RegistryOutcome {
  const list = childOf(node, ns.rs, 'RegistryErrorList');
  return {
    status: readStatus(node.attributes.get('status')),
    errors: list ? childrenOf(list, ns.rs, 'RegistryError').map(readError) : [],
  };
}

function readError(node: XmlNode): RegistryError {
  return {
    errorCode: node.attributes.get('errorCode') ?? '',
    codeContext: node.attributes.get('codeContext') ?? '',
    severity: (node.attributes.get('severity') ?? '').endsWith('Warning') ? 'Warning' : 'Error',
    location: node.attributes.get('location') ?? null,
  };
}

function readStatus(urn: string | undefined): RegistryStatus {
  for (const [status, known] of Object.entries(responseStatus)) {
    if (known === urn) return status as RegistryStatus;
  }
  throw new XdsFault('XDS_MALFORMED', 'Le statut de la réponse est inconnu.', { location: 'status' });
}
