/** The envelope as Kafka headers: CloudEvents binding names, ours under `pfi_`. */
export interface EventHead {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  /** ISO 8601 instant. */
  readonly time: string;
  readonly owner: string;
  readonly aggregate: string;
  readonly sequence: number;
  readonly traceparent?: string;
  readonly replay: boolean;
}

const SPEC_VERSION = '1.0';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const required = ['ce_id', 'ce_type', 'ce_source', 'ce_time', 'pfi_owner', 'pfi_aggregate', 'pfi_sequence'] as const;

export function toHeaders(head: EventHead): Record<string, string> {
  return {
    ce_specversion: SPEC_VERSION,
    ce_id: head.id,
    ce_type: head.type,
    ce_source: head.source,
    ce_time: head.time,
    ce_subject: head.aggregate,
    pfi_owner: head.owner,
    pfi_aggregate: head.aggregate,
    pfi_sequence: String(head.sequence),
    ...(head.traceparent && { traceparent: head.traceparent }),
    ...(head.replay && { pfi_replay: 'true' }),
  };
}

/** The head, or the names of the headers that are missing or wrong. */
export function fromHeaders(
  headers: Readonly<Record<string, string>>,
): EventHead | { readonly wrong: readonly string[] } {
  const sequence = Number(headers['pfi_sequence']);
  const wrong: string[] = required.filter((name) => !headers[name]);
  if (headers['ce_specversion'] !== SPEC_VERSION) wrong.push('ce_specversion');
  if (headers['ce_id'] && !uuid.test(headers['ce_id'])) wrong.push('ce_id');
  if (headers['pfi_sequence'] && !(Number.isSafeInteger(sequence) && sequence >= 0)) wrong.push('pfi_sequence');
  if (wrong.length > 0) return { wrong };
  return {
    id: headers['ce_id']!,
    type: headers['ce_type']!,
    source: headers['ce_source']!,
    time: headers['ce_time']!,
    owner: headers['pfi_owner']!,
    aggregate: headers['pfi_aggregate']!,
    sequence,
    ...(headers['traceparent'] && { traceparent: headers['traceparent'] }),
    replay: headers['pfi_replay'] === 'true',
  };
}
