import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { PemPair } from '@pfi/platform-testing';
import {
  buildRegistryResponse,
  buildSoapFault,
  buildStoredQueryResponse,
  parseProvideAndRegister,
  parseStatusUpdate,
  parseStoredQuery,
  verifyVihf,
  type HttpBody,
  type RegisteredEntry,
  type Submission,
  type Vihf,
} from '@pfi/xds';

export interface RawAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** The connection is cut after this many bytes of a longer body. */
  readonly truncated?: boolean;
}

/** What the double does with one request; it accepts when nothing is said. */
export type Behaviour =
  | 'accept'
  /** Keeps the document, then cuts the connection. */
  | 'commit-then-drop'
  /** Cuts the connection and keeps nothing. */
  | 'drop'
  | { readonly refuse: string; readonly status?: 'Failure' | 'PartialSuccess'; readonly keep?: boolean }
  | { readonly fault: string }
  | { readonly raw: RawAnswer };

export interface Deposit {
  readonly at: number;
  readonly submission: Submission;
  readonly messageId: string | null;
  readonly vihf: Vihf;
  readonly clientSubject: string;
}

export interface DmpDoubleOptions {
  readonly server: PemPair;
  readonly clientAuthority: string;
  readonly sealAuthority: string;
  readonly port?: number;
}

/** A DMP of the test's own: HTTPS with mutual TLS, ITI-41 and ITI-18 by the server side of the codec. */
export class DmpDouble {
  readonly deposits: Deposit[] = [];
  readonly lookUps: string[] = [];
  readonly entries: RegisteredEntry[] = [];
  /** Requests that the double could not read or verify: none is expected, ever. */
  readonly problems: unknown[] = [];
  readonly iti41: Behaviour[] = [];
  readonly iti18: Behaviour[] = [];
  readonly updates: Behaviour[] = [];
  /** Deletions that came, by entryUUID. */
  readonly deletions: string[] = [];
  /** Time that the double takes for a deposit, ms. */
  delayMs = 0;
  mostAtOnce = 0;
  #atOnce = 0;
  #port = 0;
  readonly #server;

  private constructor(private readonly options: DmpDoubleOptions) {
    const { server, clientAuthority } = options;
    this.#server = createServer(
      { cert: server.cert, key: server.key, ca: clientAuthority, requestCert: true, rejectUnauthorized: true },
      (request, response) => void this.serve(request, response),
    );
  }

  static async start(options: DmpDoubleOptions): Promise<DmpDouble> {
    const double = new DmpDouble(options);
    await new Promise<void>((resolve, reject) =>
      double.#server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve),
    );
    double.#port = (double.#server.address() as AddressInfo).port;
    return double;
  }

  get port(): number {
    return this.#port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const contentType = request.headers['content-type'] ?? '';
      if (contentType.includes('UpdateDocumentSet')) this.update(contentType, body, response);
      else if (request.url === '/registry') this.query(contentType, body, response);
      else await this.deposit(contentType, body, request, response);
    } catch (error) {
      this.problems.push(error);
      response.socket?.destroy();
    }
  }

  private async deposit(
    contentType: string,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { header, submission } = parseProvideAndRegister(contentType, body);
    const vihf = this.verified(header.assertion);
    const clientSubject = (request.socket as TLSSocket).getPeerX509Certificate()?.subject ?? '';
    this.deposits.push({ at: Date.now(), submission, messageId: header.messageId, vihf, clientSubject });
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    await new Promise((resume) => setTimeout(resume, this.delayMs));
    this.#atOnce -= 1;
    if (response.destroyed) return;
    const behaviour = this.iti41.shift() ?? 'accept';
    const kept = behaviour === 'accept' || behaviour === 'commit-then-drop' || (isRefusal(behaviour) && behaviour.keep);
    if (kept) this.keep(submission);
    if (isRefusal(behaviour)) {
      const errors = [
        {
          errorCode: behaviour.refuse,
          codeContext: `context of ${behaviour.refuse}`,
          severity: 'Error' as const,
          location: null,
        },
      ];
      write(response, 200, buildRegistryResponse({ status: behaviour.status ?? 'Failure', errors }, header.messageId));
    } else {
      act(response, behaviour, header.messageId, () =>
        buildRegistryResponse({ status: 'Success', errors: [] }, header.messageId),
      );
    }
  }

  private update(contentType: string, body: Buffer, response: ServerResponse): void {
    const { header, changes } = parseStatusUpdate(contentType, body);
    this.verified(header.assertion);
    this.deletions.push(...changes.map(({ entryUuid }) => entryUuid));
    const behaviour = this.updates.shift() ?? 'accept';
    if (behaviour === 'accept' || behaviour === 'commit-then-drop')
      for (const { entryUuid, to } of changes) this.setStatus(entryUuid, to);
    if (isRefusal(behaviour)) {
      const error = { errorCode: behaviour.refuse, codeContext: '', severity: 'Error' as const, location: null };
      write(response, 200, buildRegistryResponse({ status: 'Failure', errors: [error] }, header.messageId));
      return;
    }
    act(response, behaviour, header.messageId, () =>
      buildRegistryResponse({ status: 'Success', errors: [] }, header.messageId),
    );
  }

  private setStatus(entryUuid: string, status: string): void {
    const at = this.entries.findIndex((entry) => entry.entryUuid === entryUuid);
    const entry = this.entries[at];
    if (entry) this.entries[at] = { ...entry, status };
  }

  private query(contentType: string, body: Buffer, response: ServerResponse): void {
    const { header, query } = parseStoredQuery(contentType, body);
    this.verified(header.assertion);
    if (query.kind !== 'get-documents-by-unique-id') throw new Error(`unexpected query ${query.kind}`);
    this.lookUps.push(...query.uniqueIds);
    const entries = this.entries.filter((entry) => query.uniqueIds.includes(entry.uniqueId));
    act(response, this.iti18.shift() ?? 'accept', header.messageId, () =>
      buildStoredQueryResponse({ status: 'Success', errors: [], entries }, header.messageId),
    );
  }

  private verified(assertion: string | null): Vihf {
    const authorities = [new X509Certificate(this.options.sealAuthority)];
    return verifyVihf(assertion ?? '', { authorities, now: new Date() });
  }

  /** Keeps what came so far, as a slow DMP does behind a cut connection. */
  keepAll(): void {
    for (const { submission } of this.deposits) this.keep(submission);
  }

  private keep({ documents, replacements = [] }: Submission): void {
    for (const { oldEntryUuid } of replacements) this.setStatus(oldEntryUuid, 'Deprecated');
    for (const { entry, content } of documents) {
      this.entries.push({
        entryUuid: entry.entryUuid,
        uniqueId: entry.uniqueId,
        hash: createHash('sha1').update(content).digest('hex'),
        size: content.length,
        status: 'Approved',
        patientId: entry.patientId.value,
        repositoryUniqueId: '2.999.9',
      });
    }
  }
}

/** Every id and hash under which a request stands for its document. */
export function idsOf(double: DmpDouble, index: number): unknown {
  const submission = double.deposits[index]?.submission;
  const [document] = submission?.documents ?? [];
  return [
    submission?.submissionSet.uniqueId,
    submission?.submissionSet.entryUuid,
    document?.entry.uniqueId,
    document?.entry.entryUuid,
    document && createHash('sha1').update(document.content).digest('hex'),
  ];
}

const isRefusal = (behaviour: Behaviour): behaviour is Extract<Behaviour, { refuse: string }> =>
  typeof behaviour === 'object' && 'refuse' in behaviour;

function act(response: ServerResponse, behaviour: Behaviour, relatesTo: string | null, success: () => HttpBody): void {
  if (behaviour === 'drop' || behaviour === 'commit-then-drop') {
    response.socket?.destroy();
  } else if (typeof behaviour === 'object' && 'raw' in behaviour) {
    const { status, headers = {}, body = '', truncated } = behaviour.raw;
    response.writeHead(status, truncated ? { ...headers, 'content-length': body.length + 1000 } : headers);
    if (truncated) response.write(body, () => response.socket?.destroy());
    else response.end(body);
  } else if (typeof behaviour === 'object' && 'fault' in behaviour) {
    write(response, 500, buildSoapFault({ code: 'Sender', subcodes: [behaviour.fault], reason: 'refus' }, relatesTo));
  } else {
    write(response, 200, success());
  }
}

function write(response: ServerResponse, status: number, { contentType, contentLength, body }: HttpBody): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': contentLength });
  response.end(Buffer.concat(body));
}
