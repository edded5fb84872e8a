import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buildSearchResponse, parseSearchRequest, type InsiAnswer, type InsiSearch } from '@pfi/insi';
import type { PemPair } from '@pfi/platform-testing';

/** What the double does with one call; an HTTP status is no answer of the service. */
export type Behaviour = InsiAnswer | { readonly status: number } | 'cut';

/** An INSi of the test's own: mutual TLS, the service side of the codec, answers by the birth name that is asked. */
export class InsiDouble {
  readonly searches: InsiSearch[] = [];
  readonly #answers = new Map<string, Behaviour[]>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(pair: PemPair, clientAuthority: string): Promise<InsiDouble> {
    const server = createServer({ ...pair, ca: clientAuthority, requestCert: true, rejectUnauthorized: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const double = new InsiDouble(server, `https://localhost:${(server.address() as AddressInfo).port}/insi`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const behaviour = double.next(Buffer.concat(chunks));
        if (behaviour === 'cut') return void request.socket.destroy();
        if ('status' in behaviour) return void response.writeHead(behaviour.status).end();
        const { status, contentType, body } = buildSearchResponse(behaviour, null);
        response.writeHead(status, { 'content-type': contentType }).end(body);
      });
    });
    return double;
  }

  /** Answers to the searches of this birth name, in order; the last one stays. */
  says(birthName: string, ...answers: Behaviour[]): void {
    this.#answers.set(birthName, answers);
  }

  asked(birthName: string): InsiSearch[] {
    return this.searches.filter((search) => search.birthName === birthName);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private next(body: Buffer): Behaviour {
    const { search } = parseSearchRequest(body);
    this.searches.push(search);
    const answers = this.#answers.get(search.birthName) ?? [];
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? { kind: 'none' };
  }
}
