import { request } from 'node:http';
import type { Ports } from '../../stack/ports.js';
import type { Case } from '../cases/case.js';
import { SAID_BYTES, type Door, type Got } from './door.js';

const ownPorts = {
  identity: 'identityHttp',
  documents: 'documentsHttp',
  dmp: 'dmpGatewayHttp',
  mss: 'mssGatewayHttp',
  indicators: 'indicatorsHttp',
} as const;

/** Requests as they are written: path and headers are not tidied by any client. */
export class HttpDoor implements Door {
  /** `console`: everything at the console's origin; else each path at the service that answers for it. */
  constructor(
    private readonly ports: Ports,
    private readonly console: boolean,
  ) {}

  play(bytes: Buffer, _of: Case, patienceMs: number): Promise<Got> {
    const { method, path, headers, body } = readRequest(bytes);
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request({
        ...{ host: '127.0.0.1', port: this.portOf(path), method, path, headers },
        // a connection of its own
        agent: false,
        timeout: patienceMs,
      });
      let answered = false;
      sent.once('response', (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('close', () => {
          const said = Buffer.concat(chunks).subarray(0, SAID_BYTES).toString();
          const status = String(response.statusCode);
          resolve({
            answer: [status, codeOf(said)].filter(Boolean).join(' '),
            ms: performance.now() - began,
            said: `${JSON.stringify(response.headers)}\n${said}`,
          });
        });
      });
      // a server that has refused may close before it has read everything
      sent.on('error', (error) => answered || reject(error));
      sent.once('timeout', () => sent.destroy(new Error('no answer')));
      sent.end(body.length > 0 ? body : undefined);
    });
  }

  private portOf(path: string): number {
    if (this.console) return this.ports.consoleHttp;
    const service = /^\/*(?:api|internal)\/(\w+)/.exec(path)?.[1] ?? '';
    return this.ports[ownPorts[service as keyof typeof ownPorts] ?? 'documentsHttp'];
  }
}

function readRequest(bytes: Buffer) {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.toString('latin1', 0, end < 0 ? bytes.length : end).split('\r\n');
  const [method = 'GET', path = '/'] = first.split(' ');
  const headers = Object.fromEntries(
    lines.filter(Boolean).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  return { method, path, headers, body: end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4) };
}

function codeOf(said: string): string {
  try {
    const { code } = JSON.parse(said) as { readonly code?: unknown };
    return typeof code === 'string' ? code : '';
  } catch {
    return '';
  }
}
