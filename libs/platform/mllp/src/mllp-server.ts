import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { currentTraceparent, meter, withSpan } from '@pfi/platform-telemetry';
import { clientCertificateOf } from './client-certificate.js';
import { FrameBatcher, type FrameHandler } from './frame-batcher.js';
import { MllpConnection } from './mllp-connection.js';
import { ReadBudget } from './read-budget.js';
import { faultTexts } from './fault-texts.js';
import type { ClientCertificate, MllpAnswer, MllpFaultCode, MllpRejection, MllpServerOptions } from './mllp.types.js';

const MEGABYTE = 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSE_LIMIT_MS = 3_000;

export const defaults = {
  maxFrameBytes: 50 * MEGABYTE,
  frameTimeoutMs: 60_000,
  idleTimeoutMs: 0,
  maxConnections: 1_024,
  maxConnectionsPerPeer: 32,
  maxBufferedBytes: 32 * MEGABYTE,
  maxBatchFrames: 64,
  maxBatchBytes: 8 * MEGABYTE,
  maxBatches: 4,
} as const;

export interface ServerObserver {
  readonly rejected: (rejection: MllpRejection) => void;
  readonly failed: (error: unknown, frames: number) => void;
}

const framesTotal = meter('mllp').createCounter('pfi_mllp_frames', {
  description: 'HL7 frames by answer (ack, close)',
});
const rejectionsTotal = meter('mllp').createCounter('pfi_mllp_rejections', {
  description: 'Connections closed, by code',
});
const connectionsOpen = meter('mllp').createUpDownCounter('pfi_mllp_connections', { description: 'Open connections' });

/** The listener: sockets, limits and batches. It knows nothing of Nest nor of HL7. */
export class MllpServer {
  readonly #options: MllpServerOptions & typeof defaults;
  readonly #observer: ServerObserver;
  readonly #batcher: FrameBatcher;
  readonly #budget: ReadBudget;
  readonly #server: Server;
  readonly #connections = new Set<MllpConnection>();
  readonly #sockets = new Set<Socket>();
  readonly #perPeer = new Map<string, number>();

  constructor(options: MllpServerOptions, handle: FrameHandler, observer: ServerObserver) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.#options = { ...defaults, ...given } as MllpServerOptions & typeof defaults;
    this.#observer = observer;
    this.#budget = new ReadBudget(this.#options.maxBufferedBytes);
    const { maxBatchFrames: maxFrames, maxBatchBytes: maxBytes, maxBatches } = this.#options;
    const limits = { maxFrames, maxBytes, maxBatches };
    this.#batcher = new FrameBatcher(handle, limits, observer.failed);
    this.#server = this.#createServer();
  }

  /** Listens and resolves with the port. Rejects when the port is taken or a certificate is wrong. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port: this.#options.port, host: this.#options.host }, () => {
        this.#server.removeListener('error', reject);
        this.#server.on('error', (error) => this.#observer.failed(error, 0));
        const address = this.#server.address();
        resolve(address && typeof address === 'object' ? address.port : this.#options.port);
      });
    });
  }

  /** Bytes held for all connections together. */
  get bufferedBytes(): number {
    return this.#budget.used;
  }

  /** How long frames waited for their batch of late (200 ms) at most, in milliseconds. */
  get waitingMs(): number {
    return this.#batcher.waitingMs;
  }

  /** Stops accepting, lets the running batch answer, drops the other frames unanswered, closes the sockets. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.close();
    await this.#batcher.close();
    const stragglers = setTimeout(() => this.#destroyAll(), CLOSE_LIMIT_MS);
    await closed;
    clearTimeout(stragglers);
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #createServer(): Server {
    const { tls } = this.#options;
    // Half-open: a sender may shut its writing side after its last message and still expect the ack.
    if (!tls) {
      const server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
      return server.prependListener('connection', (socket: Socket) => this.#admit(socket));
    }
    const server = createTlsServer(
      {
        allowHalfOpen: true,
        cert: tls.cert,
        key: tls.key,
        minVersion: 'TLSv1.2',
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        requestCert: tls.clientCa !== undefined,
        ...(tls.clientCa !== undefined && { ca: tls.clientCa }),
      },
      (socket) => this.#serve(socket),
    );
    server.on('tlsClientError', (error, socket) => this.#refusedHandshake(error, socket));
    return server.prependListener('connection', (socket: Socket) => this.#admit(socket));
  }

  #admit(socket: Socket): void {
    const peer = peerOf(socket);
    const count = (this.#perPeer.get(peer) ?? 0) + 1;
    if (count > this.#options.maxConnectionsPerPeer || this.#sockets.size >= this.#options.maxConnections) {
      // Counted and not reported as a rejection: a loop of connections would fill the list of rejects.
      rejectionsTotal.add(1, { code: 'MLLP_TOO_MANY_CONNECTIONS' });
      socket.destroy();
      return;
    }
    this.#perPeer.set(peer, count);
    this.#sockets.add(socket);
    connectionsOpen.add(1);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      connectionsOpen.add(-1);
      const left = (this.#perPeer.get(peer) ?? 1) - 1;
      if (left === 0) this.#perPeer.delete(peer);
      else this.#perPeer.set(peer, left);
    });
  }

  #serve(socket: Socket): void {
    if (socket.destroyed) return;
    const connectionId = randomUUID();
    const remoteAddress = peerOf(socket);
    const clientCertificate = socket instanceof TLSSocket ? clientCertificateOf(socket) : undefined;
    const peer = { connectionId, remoteAddress, ...(clientCertificate && { clientCertificate }) };
    const connection = new MllpConnection(socket, this.#options, this.#budget, {
      frame: (bytes, wanted) => this.#handle(bytes, peer, wanted),
      fault: (code, bytes, size) => this.#reject(code, peer, bytes, size),
      closed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }

  async #handle(bytes: Buffer, peer: Peer, wanted: () => boolean): Promise<MllpAnswer> {
    const receivedAt = new Date();
    const attributes = { 'network.protocol.name': 'mllp', 'pfi.message.bytes': bytes.length } as const;
    const answer = await withSpan('consumer mllp-frame', { kind: 'server', root: true, attributes }, () => {
      const traceparent = currentTraceparent();
      return this.#batcher.submit(
        { bytes, receivedAt, ...peer, ...(traceparent && { traceparent }) },
        wanted,
        this.#options.laneOf?.(bytes),
      );
    });
    framesTotal.add(1, { answer: 'ack' in answer ? 'ack' : 'close' });
    return answer;
  }

  #refusedHandshake(error: Error & { code?: string }, socket: TLSSocket): void {
    // Probes and scanners that open and close a port are no fault of an HL7 sender.
    if (error.code === 'ECONNRESET' && !socket.authorizationError) return;
    const clear = error.code === 'ERR_SSL_WRONG_VERSION_NUMBER' || error.code === 'ERR_SSL_HTTP_REQUEST';
    const peer = { connectionId: randomUUID(), remoteAddress: peerOf(socket) };
    this.#reject(clear ? 'MLLP_PROTOCOL' : 'MLLP_TLS_REFUSED', peer, Buffer.alloc(0), 0);
    socket.destroy();
  }

  #reject(code: MllpFaultCode, peer: Peer, bytes: Buffer, size: number): void {
    rejectionsTotal.add(1, { code });
    this.#observer.rejected({ code, textFr: faultTexts[code], at: new Date(), ...peer, bytes, size });
  }
}

interface Peer {
  readonly connectionId: string;
  readonly remoteAddress: string;
  readonly clientCertificate?: ClientCertificate;
}

function peerOf(socket: Socket): string {
  return (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
}
