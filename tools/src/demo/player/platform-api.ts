/** One HTTP exchange, body parsed when it is JSON. */
export interface HttpAnswer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Reason {
  readonly code: string;
  readonly text: string;
}

export interface DeliveryView {
  readonly id: string;
  readonly channel: 'dmp' | 'mss-pro' | 'mss-patient';
  readonly form: string;
  readonly audience: string;
  readonly state: string;
  readonly reasons: readonly Reason[];
  readonly attempts: number;
  readonly outcomeCode: string | null;
  readonly operation: 'send' | 'replace' | 'withdraw';
  readonly artefactSha256: string | null;
  readonly at: string;
}

export interface DocumentView {
  readonly id: string;
  readonly lineageId: string;
  readonly documentId: string;
  readonly setId: string | null;
  readonly version: number;
  readonly typeCode: string;
  readonly source: string;
  readonly controlId: string;
  readonly patientId: string | null;
  readonly legalEntity: string;
  readonly establishment: string;
  readonly receivedAt: string;
  readonly state: string;
  readonly replaces?: string | null;
  readonly replacedBy?: string | null;
  readonly reasons: readonly Reason[];
  readonly deliveries: readonly DeliveryView[];
  readonly timeline: readonly { readonly at: string; readonly event: string; readonly text: string }[];
}

export interface RejectView {
  readonly id: string;
  readonly receivedAt: string;
  readonly source: string;
  readonly controlId: string;
  readonly messageType: string;
  readonly code: string;
  readonly text: string;
  readonly location: string | null;
  readonly size: number;
}

export interface PatientView {
  readonly id: string;
  readonly identifiers: readonly { readonly authority: string; readonly value: string; readonly type: string }[];
  readonly ins: { readonly matricule: string | null; readonly oid: string | null; readonly status: string };
  readonly traits: { readonly birthName: string };
  readonly mergedInto: string | null;
}

/** A deposit as the DMP gateway tells it. */
export interface SubmissionView {
  readonly id: string;
  readonly documentId: string;
  readonly state: string;
  readonly attempts: number;
  readonly outcomeCode: string | null;
  readonly reconciled: boolean;
}

/** A rate as published. */
export interface IndicatorView {
  readonly code: string;
  readonly view: 'gross' | 'net';
  readonly perimeter: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly rate: number | null;
  readonly target: number | null;
  readonly reached: boolean | null;
}

/** One way to search at a time. */
export type PatientSearch =
  | { readonly ipp: { readonly authority: string; readonly value: string } }
  | { readonly ins: { readonly matricule: string } }
  | { readonly name: string; readonly birthDate: string };

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
}

const parisDay = new Intl.DateTimeFormat('fr-CA', { timeZone: 'Europe/Paris' });

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface ApiPorts {
  readonly documentsHttp: number;
  readonly identityHttp: number;
  readonly dmpGatewayHttp: number;
  readonly mssGatewayHttp: number;
  readonly indicatorsHttp: number;
  readonly simOidc: number;
}

/** The public REST interface, as a machine with client credentials uses it. */
export class PlatformApi {
  readonly #ports: ApiPorts;
  readonly #client: { readonly id: string; readonly secret: string };
  #token: Promise<string> | undefined;

  constructor(ports: ApiPorts, client: { readonly id: string; readonly secret: string }) {
    this.#ports = ports;
    this.#client = client;
  }

  get documentsUrl(): string {
    return `http://127.0.0.1:${this.#ports.documentsHttp}/api/documents/v1`;
  }

  get identityUrl(): string {
    return `http://127.0.0.1:${this.#ports.identityHttp}/api/identity/v1`;
  }

  get dmpUrl(): string {
    return `http://127.0.0.1:${this.#ports.dmpGatewayHttp}/api/dmp/v1`;
  }

  get mssUrl(): string {
    return `http://127.0.0.1:${this.#ports.mssGatewayHttp}/api/mss/v1`;
  }

  get indicatorsUrl(): string {
    return `http://127.0.0.1:${this.#ports.indicatorsHttp}/api/indicators/v1`;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#ports.simOidc}`;
  }

  /** An access token, asked for once. */
  token(): Promise<string> {
    this.#token ??= this.#newToken();
    return this.#token;
  }

  /** Any exchange, with the token unless the headers say otherwise. */
  async exchange<Body>(url: string, init: RequestInit = {}): Promise<HttpAnswer<Body>> {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${await this.token()}`);
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as Body };
  }

  /** Every document that fits, page after page. @throws Error on any answer but 200 */
  async documents(filter: Readonly<Record<string, string>> = {}): Promise<DocumentView[]> {
    const found: DocumentView[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: '200', ...filter, ...(cursor ? { cursor } : {}) });
      const page: Page<DocumentView> = await this.#get(`${this.documentsUrl}/documents?${query}`);
      found.push(...page.items);
      cursor = page.next;
    } while (cursor);
    return found;
  }

  async indicators(query: Readonly<Record<string, string>>): Promise<readonly IndicatorView[]> {
    const page: Page<IndicatorView> = await this.#get(`${this.indicatorsUrl}/indicators?${new URLSearchParams(query)}`);
    return page.items;
  }

  /** Messages of yesterday and today that are not accounted for, and documents or requests that stand wrong. */
  async ledgerImbalance(): Promise<number> {
    const day = (daysAgo: number) => parisDay.format(Date.now() - daysAgo * 86_400_000);
    const { imbalance } = await this.#get<{ readonly imbalance: number }>(
      `${this.documentsUrl}/ledger?${new URLSearchParams({ from: day(1), to: day(0) })}`,
    );
    return imbalance;
  }

  document(id: string): Promise<DocumentView> {
    return this.#get(`${this.documentsUrl}/documents/${id}`);
  }

  /** Bytes as received. */
  async content(id: string): Promise<Buffer> {
    return this.#bytes(`${this.documentsUrl}/documents/${id}/content`);
  }

  async rejects(door: 'documents' | 'identity', filter: Readonly<Record<string, string>>): Promise<RejectView[]> {
    const base = door === 'documents' ? this.documentsUrl : this.identityUrl;
    const page = await this.#get<Page<RejectView>>(`${base}/rejects?${new URLSearchParams(filter)}`);
    return [...page.items];
  }

  /** The deposits of a document. */
  async submissions(documentId: string): Promise<SubmissionView[]> {
    const page = await this.#get<Page<SubmissionView>>(
      `${this.dmpUrl}/submissions?${new URLSearchParams({ documentId })}`,
    );
    return [...page.items];
  }

  async patients(search: PatientSearch): Promise<PatientView[]> {
    const answer = await this.exchange<Page<PatientView>>(`${this.identityUrl}/patients/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(search),
    });
    if (answer.status !== 200)
      throw new Error(`patients/search answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return [...answer.body.items];
  }

  /** REST deposit: metadata and file, as `multipart/form-data`. */
  deposit<Body = { readonly id: string }>(
    metadata: unknown,
    file: { readonly bytes: Buffer; readonly mediaType: string },
    idempotencyKey: string,
  ): Promise<HttpAnswer<Body>> {
    const form = new FormData();
    form.append('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }));
    form.append('file', new Blob([new Uint8Array(file.bytes)], { type: file.mediaType }), 'document.pdf');
    return this.exchange<Body>(`${this.documentsUrl}/documents`, {
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
      body: form,
    });
  }

  async #get<T>(url: string): Promise<T> {
    const answer = await this.exchange<T>(url);
    if (answer.status === 200) return answer.body;
    throw new Error(`${new URL(url).pathname} answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async #bytes(url: string): Promise<Buffer> {
    const authorization = `Bearer ${await this.token()}`;
    const response = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(30_000) });
    if (response.status !== 200) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  async #newToken(): Promise<string> {
    const { id, secret } = this.#client;
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
      signal: AbortSignal.timeout(30_000),
    });
    const body = (await response.json()) as { readonly access_token?: string; readonly error?: string };
    if (body.access_token) return body.access_token;
    this.#token = undefined;
    throw new Error(`no token for ${id}: ${response.status} ${body.error ?? ''}`);
  }
}
