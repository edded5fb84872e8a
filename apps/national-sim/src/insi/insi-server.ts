import { setTimeout as delay } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { buildSearchResponse, InsiFault, parseSearchRequest, type InsiAnswer } from '@pfi/insi';
import type { DmpServerTls } from '../dmp/dmp-server.js';
import type { FaultBoard } from '../faults/fault-board.js';
import type { CivilRegistry } from './civil-registry.js';

const maxBodyBytes = 1_000_000;

/** A call as the simulator saw it. */
export interface InsiCall {
  readonly at: string;
  readonly certificateSubject: string;
  readonly outcome: InsiAnswer['kind'];
}

/** The INSi teleservice over mutual TLS: any path, `rechercherInsAvecTraitsIdentite` only. */
export function createInsiServer(
  tls: DmpServerTls,
  registry: CivilRegistry,
  faults: FaultBoard,
  calls: InsiCall[],
): Server {
  const server = createServer(
    {
      cert: tls.certificate,
      key: tls.privateKey,
      ca: tls.authorities,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    },
    (request, response) => {
      serve(request, response, registry, faults, calls).catch(() => request.socket.destroy());
    },
  );
  server.on('connection', (socket) => {
    if (faults.take('insi', {}, ['down']).effect) socket.destroy();
  });
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  registry: CivilRegistry,
  faults: FaultBoard,
  calls: InsiCall[],
): Promise<void> {
  const body = await bytesOf(request);
  if (request.method !== 'POST' || !body) {
    response.writeHead(request.method === 'POST' ? 413 : 405, { connection: 'close' }).end();
    return;
  }
  const certificateSubject = (request.socket as TLSSocket).getPeerX509Certificate()?.subject ?? '';
  const { effect, delayMs } = faults.take('insi', { certificateSubject });
  if (delayMs > 0) await delay(delayMs);
  if (effect?.kind === 'down') return void request.socket.destroy();
  if (effect?.kind === 'http-status') return void response.writeHead(effect.code).end();
  const { answer, relatesTo } =
    effect?.kind === 'refuse' ? refused(effect.code, effect.context) : judged(body, registry);
  calls.push({ at: new Date().toISOString(), certificateSubject, outcome: answer.kind });
  const { status, contentType, body: bytes } = buildSearchResponse(answer, relatesTo);
  response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length }).end(bytes);
}

interface Judged {
  readonly answer: InsiAnswer;
  readonly relatesTo: string | null;
}

const refused = (code: string, label: string): Judged => ({ answer: { kind: 'fault', code, label }, relatesTo: null });

function judged(body: Buffer, registry: CivilRegistry): Judged {
  try {
    const { search, messageId } = parseSearchRequest(body);
    const [one, another] = registry.find(search);
    if (!one) return { answer: { kind: 'none' }, relatesTo: messageId };
    return { answer: another ? { kind: 'many' } : { kind: 'found', identity: one }, relatesTo: messageId };
  } catch (error) {
    if (error instanceof InsiFault) return refused('siram_40', error.textFr);
    throw error;
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
