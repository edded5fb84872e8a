import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** A request whose path goes out exactly as written. */
export function rawRequest(origin: string, path: string, asked: Asked = {}): Promise<Seen> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, path, method: asked.method ?? 'GET', headers: asked.headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const json = /json/.test(response.headers['content-type'] ?? '') && text !== '';
          const body = (json ? JSON.parse(text) : {}) as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body });
        });
      },
    );
    request.on('error', reject);
    request.end(asked.body);
  });
}

/** A browser as far as sign-ins need one: its cookies, and navigations that follow redirects. Remembers all that it was shown. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly shown: string[] = [];
  csrfToken = '';

  constructor(private readonly origin: string) {}

  /** Of the console, unless it is told to be of another replica. */
  async fetch(path: string, asked: Asked = {}, origin = this.origin): Promise<Seen> {
    const seen = await rawRequest(origin, path, { ...asked, headers: { cookie: this.cookie, ...asked.headers } });
    this.#keep(seen);
    return seen;
  }

  /** Where a navigation ends, at most twenty redirects further. */
  async navigate(url: string, stopAt: (url: URL) => boolean = () => false): Promise<{ url: URL; seen: Seen }> {
    let next = new URL(url, this.origin);
    for (let hop = 0; hop < 20; hop += 1) {
      const seen = await rawRequest(next.origin, `${next.pathname}${next.search}`, {
        headers: { cookie: this.cookie, accept: 'text/html' },
      });
      this.#keep(seen);
      const { location } = seen.headers;
      if (location === undefined) return { url: next, seen };
      next = new URL(location, next);
      if (stopAt(next)) return { url: next, seen };
    }
    throw new Error('too many redirects');
  }

  async signIn(provider: string, returnTo = '/'): Promise<URL> {
    const query = new URLSearchParams({ provider, returnTo });
    const { url } = await this.navigate(`/auth/login?${query.toString()}`);
    const session = await this.fetch('/auth/session');
    this.csrfToken = String(session.body['csrfToken'] ?? '');
    return url;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep({ headers, text }: Seen): void {
    this.shown.push(text, JSON.stringify(headers));
    for (const cookie of headers['set-cookie'] ?? []) {
      const [pair = ''] = cookie.split(';');
      const [name = '', ...value] = pair.split('=');
      if (/expires=Thu, 01 Jan 1970/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value.join('='));
    }
  }
}
