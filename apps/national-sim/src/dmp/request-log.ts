/** One request at the simulated DMP and what became of it. */
export interface LoggedRequest {
  /** Grows by one for each request. */
  readonly seq: number;
  readonly at: string;
  readonly operation: 'iti-41' | 'iti-18' | 'update' | 'unknown';
  readonly certificateSubject: string;
  readonly structureId: string | null;
  readonly messageId: string | null;
  readonly submissionSetId: string | null;
  readonly uniqueIds: readonly string[];
  readonly matricule: string | null;
  /** `dropped`: the connection was cut instead of an answer. */
  readonly outcome: 'success' | 'failure' | 'soap-fault' | 'http-error' | 'unreadable' | 'dropped';
  /** Error code, SOAP subcode or HTTP status. */
  readonly code: string | null;
  readonly context: string | null;
  readonly faultIds: readonly string[];
}

const kept = 20_000;

/** The last 20 000 requests, in memory. */
export class RequestLog {
  #last = 0;
  #requests: LoggedRequest[] = [];

  add(request: Omit<LoggedRequest, 'seq' | 'at'>): void {
    this.#last += 1;
    this.#requests.push({ seq: this.#last, at: new Date().toISOString(), ...request });
    if (this.#requests.length >= 2 * kept) this.#requests = this.#requests.slice(-kept);
  }

  since(seq: number): LoggedRequest[] {
    return this.#requests.filter((request) => request.seq > seq);
  }

  get last(): number {
    return this.#last;
  }
}
