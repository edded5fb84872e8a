import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface HttpListener {
  readonly url: string;
  close(): Promise<void>;
}

/** A small HTTP server on 127.0.0.1; a handler that throws answers 500. */
export async function httpListener(
  handle: (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void> | void,
  port = 0,
): Promise<HttpListener> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      Promise.resolve()
        .then(() => handle(request, Buffer.concat(chunks), response))
        .catch(() => response.writeHead(500).end());
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const bound = address && typeof address === 'object' ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
