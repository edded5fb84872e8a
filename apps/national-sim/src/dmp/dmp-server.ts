import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { FaultBoard } from '../faults/fault-board.js';
import type { Answer, Operation } from './dmp-answer.js';
import { oneLine, type DmpService } from './dmp-service.js';

const maxBodyBytes = 100 * 1024 * 1024;

const repository = '/si-dmp-server/v2/services/repository';
const registry = '/si-dmp-server/v2/services/registry';

/** The registry answers queries and takes updates: the SOAP action tells which. */
const operationOf = (path: string, contentType: string): Operation | undefined => {
  if (path === repository) return 'iti-41';
  if (path !== registry) return undefined;
  return contentType.includes('UpdateDocumentSet') ? 'update' : 'iti-18';
};

export interface DmpServerTls {
  /** PEM texts. */
  readonly certificate: string;
  readonly privateKey: string;
  /** Authorities that issue the client certificates. */
  readonly authorities: string;
}

/** HTTPS with mutual TLS: a client without a certificate of the authorities gets no further than the handshake. */
export function createDmpServer(tls: DmpServerTls, service: DmpService, faults: FaultBoard): Server {
  const server = createServer(
    {
      cert: tls.certificate,
      key: tls.privateKey,
      ca: tls.authorities,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      keepAliveTimeout: 30_000,
    },
    (request, response) => {
      serve(request, response, service, faults).catch(() => request.socket.destroy());
    },
  );
  server.on('connection', (socket) => {
    if (faults.take('dmp', {}, ['down']).effect) socket.destroy();
  });
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  service: DmpService,
  faults: FaultBoard,
): Promise<void> {
  const certificate = clientCertificate(request.socket as TLSSocket);
  if (faults.take('dmp', { certificateSubject: oneLine(certificate) }, ['down']).effect) {
    request.socket.destroy();
    return;
  }
  const contentType = request.headers['content-type'] ?? '';
  const operation = operationOf((request.url ?? '').split('?')[0] ?? '', contentType);
  if (!operation || request.method !== 'POST') {
    response.writeHead(operation ? 405 : 404).end();
    return;
  }
  const body = await readBody(request);
  if (!body) {
    response.writeHead(413, { connection: 'close' }).end();
    return;
  }
  write(await service.handle({ operation, contentType, body, certificate }), request, response);
}

const certificates = new WeakMap<TLSSocket, X509Certificate>();

/** Read once a connection: it costs as much as verifying a signature. */
function clientCertificate(socket: TLSSocket): X509Certificate {
  const known = certificates.get(socket) ?? socket.getPeerX509Certificate();
  if (!known) throw new Error('a connection without client certificate passed the handshake');
  certificates.set(socket, known);
  return known;
}

function write(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  if (answer.drop) {
    request.socket.destroy();
    return;
  }
  if (!answer.http) {
    response.writeHead(answer.status).end();
    return;
  }
  const { contentType, contentLength, body } = answer.http;
  response.writeHead(answer.status, { 'content-type': contentType, 'content-length': contentLength });
  response.end(Buffer.concat(body));
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
