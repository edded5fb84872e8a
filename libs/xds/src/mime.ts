import { randomUUID } from 'node:crypto';
import type { HttpBody } from './model.js';
import { XdsFault } from './xds-fault.js';

/** multipart/related with an XOP root (MTOM): written as buffers, read as views on the received bytes. */

export interface MimePart {
  readonly contentId: string;
  readonly contentType: string;
  readonly content: Buffer;
}

const maxParts = 64;
const maxPartHeaderBytes = 8192;

export function xopPackage(root: Buffer, action: string, attachments: readonly MimePart[]): HttpBody {
  const boundary = `pfi-${randomUUID()}`;
  const rootPart: MimePart = {
    contentId: 'root@xds.pfi',
    contentType: 'application/xop+xml; charset=UTF-8; type="application/soap+xml"',
    content: root,
  };
  const body = [rootPart, ...attachments].flatMap((part, index) => [
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${part.contentType}\r\n` +
        `Content-Transfer-Encoding: binary\r\nContent-ID: <${part.contentId}>\r\n\r\n`,
    ),
    part.content,
  ]);
  body.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  return {
    contentType:
      `multipart/related; type="application/xop+xml"; start="<${rootPart.contentId}>"; ` +
      `start-info="application/soap+xml"; action="${action}"; boundary="${boundary}"`,
    contentLength: body.reduce((sum, piece) => sum + piece.length, 0),
    body,
  };
}

export function plainSoap(envelope: Buffer, action: string): HttpBody {
  return {
    contentType: `application/soap+xml; charset=UTF-8; action="${action}"`,
    contentLength: envelope.length,
    body: [envelope],
  };
}

/**
 * The SOAP envelope of an HTTP body and its attachments by Content-ID, whether the body is multipart or plain SOAP.
 * @throws XdsFault XDS_MALFORMED, XML_LIMIT
 */
export function openSoapBody(
  contentType: string,
  body: Buffer,
): { envelope: Buffer; attachments: ReadonlyMap<string, Buffer> } {
  const { type, parameters } = parseContentType(contentType);
  if (type === 'application/soap+xml' || type === 'text/xml' || type === 'application/xml') {
    return { envelope: body, attachments: new Map() };
  }
  if (type !== 'multipart/related') {
    throw malformed(`Type de contenu inattendu : ${type.slice(0, 80)} au lieu de application/soap+xml.`);
  }
  const boundary = parameters.get('boundary');
  if (!boundary) throw malformed('Le message multipart n’annonce pas sa frontière (boundary).');
  const parts = splitParts(body, boundary);
  const start = stripBrackets(parameters.get('start') ?? '');
  const root = parts.find((part) => start !== '' && part.contentId === start) ?? parts[0];
  if (!root) throw malformed('Le message multipart ne contient aucune partie.');
  return {
    envelope: root.content,
    attachments: new Map(parts.filter((part) => part !== root).map((part) => [part.contentId, part.content])),
  };
}

function splitParts(body: Buffer, boundary: string): MimePart[] {
  const delimiter = Buffer.from(`--${boundary}`);
  const separator = Buffer.from(`\r\n--${boundary}`);
  const parts: MimePart[] = [];
  let cursor = body.indexOf(delimiter);
  if (cursor < 0) throw malformed('La frontière annoncée est absente du message multipart.');
  cursor += delimiter.length;
  while (body.toString('latin1', cursor, cursor + 2) !== '--') {
    const headersEnd = body.indexOf('\r\n\r\n', cursor);
    const next = headersEnd < 0 ? -1 : body.indexOf(separator, headersEnd + 2);
    if (headersEnd < 0 || next < 0) throw malformed('Le message multipart est tronqué.');
    if (headersEnd - cursor > maxPartHeaderBytes || parts.length >= maxParts) {
      throw new XdsFault('XML_LIMIT', 'Le message multipart a trop de parties ou des en-têtes trop longs.');
    }
    parts.push(readPart(body.toString('latin1', cursor, headersEnd), body.subarray(headersEnd + 4, next)));
    cursor = next + separator.length;
  }
  return parts;
}

function readPart(headerText: string, content: Buffer): MimePart {
  const headers = new Map<string, string>();
  for (const line of headerText.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const encoding = (headers.get('content-transfer-encoding') ?? 'binary').toLowerCase();
  if (!['binary', '8bit', '7bit', 'base64'].includes(encoding)) {
    throw malformed(`Encodage de partie inattendu : ${encoding.slice(0, 40)}.`);
  }
  return {
    contentId: stripBrackets(headers.get('content-id') ?? ''),
    contentType: headers.get('content-type') ?? '',
    content: encoding === 'base64' ? Buffer.from(content.toString('latin1'), 'base64') : content,
  };
}

function parseContentType(text: string): { type: string; parameters: ReadonlyMap<string, string> } {
  const semicolon = text.indexOf(';');
  const parameters = new Map<string, string>();
  if (semicolon >= 0) {
    for (const match of text.slice(semicolon).matchAll(/;\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s;"]+))/g)) {
      parameters.set((match[1] ?? '').toLowerCase(), match[2] ?? match[3] ?? '');
    }
  }
  return { type: (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase(), parameters };
}

function stripBrackets(contentId: string): string {
  return contentId.replace(/^<|>$/g, '');
}

function malformed(textFr: string): XdsFault {
  return new XdsFault('XDS_MALFORMED', textFr);
}
