export interface DmpEntry {
  readonly entryUuid: string;
  readonly uniqueId: string;
  readonly submissionSetId: string;
  readonly hash: string;
  readonly size: number;
  readonly receivedAt: string;
  readonly title: string;
  readonly typeCode: string;
  readonly formatCode: string;
  /** XDS DTM, UTC. */
  readonly creationTime: string;
  readonly authors: readonly {
    readonly person: { readonly id: string; readonly family: string } | null;
    readonly organisation: { readonly id: string } | null;
  }[];
  /** `<matricule>^^^&<oid>&ISO^NH` */
  readonly patientId: string;
  readonly structureId: string;
  readonly certificateSubject: string;
  readonly status: 'Approved' | 'Deprecated' | 'Archived' | 'Deleted';
}

export interface DmpRequest {
  readonly seq: number;
  readonly at: string;
  readonly operation: 'iti-41' | 'iti-18' | 'update' | 'unknown';
  readonly uniqueIds: readonly string[];
  readonly matricule: string | null;
  readonly outcome: 'success' | 'failure' | 'soap-fault' | 'http-error' | 'unreadable' | 'dropped';
  readonly code: string | null;
}

/** A mail as the operator took it, with what its own checks found wrong. */
export interface ReceivedMail {
  readonly id: string;
  readonly messageId: string;
  readonly recipient: string;
  readonly subject: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly { readonly name: string; readonly mediaType: string; readonly size: number }[];
  readonly findings: readonly string[];
}

/** A ZAM as the hospital application received it. */
export interface ReceivedZam {
  readonly kind: string;
  readonly controlId: string;
  readonly originalControlId: string;
  readonly positive: boolean;
  readonly error?: { readonly code: string; readonly label: string; readonly system: string };
  readonly receivedAt: string;
  readonly application: string;
  readonly facility: string;
}

export interface Fault {
  readonly target: 'dmp' | 'oidc' | 'zam' | 'mss';
  readonly kind:
    | 'delay'
    | 'down'
    | 'busy'
    | 'refuse'
    | 'commit-then-drop'
    | 'http-status'
    | 'unreadable'
    | 'withhold'
    | 'smtp'
    | 'bounce'
    | 'strip-starttls';
  readonly match?: Readonly<
    Partial<
      Record<
        'matricule' | 'uniqueId' | 'legalEntity' | 'operation' | 'clientId' | 'originalControlId' | 'recipient',
        string
      >
    >
  >;
  readonly code?: string;
  /** Of an unreadable answer: what comes in its place, and whether the request is carried out nevertheless. */
  readonly form?: 'html' | 'empty' | 'truncated' | 'content-type';
  readonly done?: boolean;
  /** Of an SMTP exchange: where the answer is given. */
  readonly stage?: 'MAIL' | 'RCPT' | 'DATA' | 'dot';
  /** RFC 3463 */
  readonly status?: string;
  readonly context?: string;
  readonly delayMs?: number;
  readonly times?: number;
  readonly forMs?: number;
}

/** The simulator's admin API: what came to the DMP and to the senders, and faults on demand. */
export class Simulator {
  readonly url: string;

  constructor(adminPort: number) {
    this.url = `http://127.0.0.1:${adminPort}`;
  }

  entries(filter: { readonly uniqueId?: string; readonly patient?: string } = {}): Promise<DmpEntry[]> {
    return this.#items(`/dmp/entries?${new URLSearchParams(filter)}`);
  }

  async content(entry: DmpEntry): Promise<Buffer> {
    const response = await this.#fetch(`/dmp/entries/${encodeURIComponent(entry.entryUuid)}/content`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Requests that named a document, refused ones included, oldest first. */
  requests(filter: { readonly uniqueId?: string; readonly since?: string } = {}): Promise<DmpRequest[]> {
    return this.#items(`/dmp/requests?${new URLSearchParams(filter)}`);
  }

  zams(filter: { readonly originalControlId?: string; readonly application?: string } = {}): Promise<ReceivedZam[]> {
    return this.#items(`/zam?${new URLSearchParams(filter)}`);
  }

  /** Mails that the MSSanté operator took, oldest first. */
  mails(filter: { readonly recipient?: string; readonly messageId?: string } = {}): Promise<ReceivedMail[]> {
    return this.#items(`/mss/mails?${new URLSearchParams(filter)}`);
  }

  /** The holder opens the mail: the notice that was asked for goes back. */
  async readMail(id: string): Promise<void> {
    await this.#fetch(`/mss/mails/${id}/read`, { method: 'POST' });
  }

  /** Puts a mail, or anything else, in a mailbox of the operator. */
  async putMail(address: string, raw: Buffer): Promise<void> {
    await this.#fetch(`/mss/mailboxes/${encodeURIComponent(address)}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'message/rfc822' },
      body: new Uint8Array(raw),
    });
  }

  /** The mail as it came. */
  async rawMail(id: string): Promise<Buffer> {
    return Buffer.from(await (await this.#fetch(`/mss/mails/${id}/raw`)).arrayBuffer());
  }

  async setMailbox(address: string, state: 'open' | 'closed' | 'unknown'): Promise<void> {
    await this.#fetch(`/mss/mailboxes/${encodeURIComponent(address)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ state }),
    });
  }

  /** Sets a fault. @returns its id */
  async fault(fault: Fault): Promise<string> {
    const response = await this.#fetch('/faults', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    const { id } = (await response.json()) as { readonly id: string };
    return id;
  }

  /** Ends a fault; one that ended by itself is no error. */
  async endFault(id: string): Promise<void> {
    const answer = await fetch(`${this.url}/faults/${id}`, { method: 'DELETE' });
    await answer.arrayBuffer();
  }

  /** How many requests a fault that still stands has met. */
  async timesApplied(id: string): Promise<number> {
    const faults = await this.#items<{ readonly id: string; readonly applied: number }>('/faults');
    return faults.find((fault) => fault.id === id)?.applied ?? 0;
  }

  async #items<T>(path: string): Promise<T[]> {
    const response = await this.#fetch(path);
    return ((await response.json()) as { readonly items: T[] }).items;
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, { ...init, signal: AbortSignal.timeout(30_000) });
    if (response.ok) return response;
    throw new Error(`the simulator answered ${response.status} to ${path}: ${await response.text()}`);
  }
}
