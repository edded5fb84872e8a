import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** The other end of a raw TCP or TLS connection, for protocol tests. */
export interface TcpPeer {
  send(bytes: Buffer | string): void;
  /** Ends the writing side only. */
  end(): void;
  destroy(): void;
  received(): Buffer;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly socket: Socket;
}

export function tcpPeer(port: number, tls?: ConnectionOptions): Promise<TcpPeer> {
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({ host: '127.0.0.1', port, ...tls })
      : connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.end());
    socket.on('error', reject);
    socket.once(tls ? 'secureConnect' : 'connect', () =>
      resolve({
        send: (bytes) => void socket.write(bytes),
        end: () => void socket.end(),
        destroy: () => void socket.destroy(),
        received: () => Buffer.concat(chunks),
        closed,
        socket,
      }),
    );
  });
}
