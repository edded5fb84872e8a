import type { DeliveryRecord, DocumentRecord } from '../deliveries/records.js';

export type Row = Record<string, unknown>;

interface Column<Record_> {
  readonly name: string;
  readonly type: string;
  readonly value: (record: Record_) => unknown;
}

const column = <Record_>(name: string, type: string, value: (record: Record_) => unknown): Column<Record_> => ({
  name,
  type,
  value,
});

const document = column<DocumentRecord>;
export const documentColumns: readonly Column<DocumentRecord>[] = [
  document('id', 'uuid', (d) => d.id),
  document('owner', 'text', (d) => d.owner),
  document('establishment', 'text', (d) => d.establishment),
  document('lineage_id', 'uuid', (d) => d.lineageId),
  document('version', 'int', (d) => d.version),
  document('document_oid', 'text', (d) => d.documentOid),
  document('set_oid', 'text', (d) => d.setOid),
  document('type_code', 'text', (d) => d.typeCode),
  document('title', 'text', (d) => d.title),
  document('level', 'text', (d) => d.level),
  document('source', 'text', (d) => d.source),
  document('control_id', 'text', (d) => d.controlId),
  document('message_id', 'uuid', (d) => d.messageId),
  document('domain', 'text', (d) => d.domain),
  document('patient_id', 'uuid', (d) => d.patientId),
  document('stay_authority', 'text', (d) => d.stay?.authority ?? null),
  document('stay_number', 'text', (d) => d.stay?.number ?? null),
  document('state', 'text', (d) => d.state),
  document('flags', 'jsonb', (d) => JSON.stringify(d.flags)),
  document('facts', 'jsonb', (d) => JSON.stringify(d.facts)),
  document('declared', 'jsonb', (d) => JSON.stringify(d.declared)),
  document('metadata', 'jsonb', (d) => (d.metadata ? JSON.stringify(d.metadata) : null)),
  document('recipients', 'jsonb', (d) => JSON.stringify(d.recipients)),
  document('mail', 'jsonb', (d) => JSON.stringify(d.mail)),
  document('content_sha256', 'text', (d) => d.contentSha256),
  document('content_media_type', 'text', (d) => d.contentMediaType),
  document('traceparent', 'text', (d) => d.traceparent),
  document('effective_at', 'timestamptz', (d) => d.effectiveAt),
  document('received_at', 'timestamptz', (d) => d.receivedAt),
  document('abandoned_at', 'timestamptz', (d) => d.abandonedAt),
  document('withdrawn_at', 'timestamptz', (d) => d.withdrawnAt),
  document('withdrawal', 'jsonb', (d) => (d.withdrawal ? JSON.stringify(d.withdrawal) : null)),
];

const delivery = column<DeliveryRecord>;
export const deliveryColumns: readonly Column<DeliveryRecord>[] = [
  delivery('id', 'uuid', (d) => d.id),
  delivery('document_id', 'uuid', (d) => d.documentId),
  delivery('owner', 'text', (d) => d.owner),
  delivery('establishment', 'text', (d) => d.establishment),
  delivery('patient_id', 'uuid', (d) => d.patientId),
  delivery('channel', 'text', (d) => d.channel),
  delivery('form', 'text', (d) => d.form),
  delivery('audience', 'text', (d) => d.audience),
  delivery('recipient', 'jsonb', (d) => (d.recipient ? JSON.stringify(d.recipient) : null)),
  delivery('operation', 'text', (d) => d.operation),
  delivery('state', 'text', (d) => d.state),
  delivery('reasons', 'jsonb', (d) => JSON.stringify(d.reasons)),
  delivery('request', 'int', (d) => d.request),
  delivery('attempts', 'int', (d) => d.attempts),
  delivery('outcome_code', 'text', (d) => d.outcomeCode),
  delivery('outcome_text', 'text', (d) => d.outcomeText),
  delivery('artefact_sha256', 'text', (d) => d.artefactSha256),
  delivery('pdf_sha256', 'text', (d) => d.pdfSha256),
  delivery('artefact_ins', 'text', (d) => d.artefactIns),
  delivery('identity_version', 'int', (d) => d.identityVersion),
  delivery('receipt', 'jsonb', (d) => (d.receipt ? JSON.stringify(d.receipt) : null)),
  delivery('claimed_at', 'timestamptz', (d) => d.claimedAt),
  delivery('at', 'timestamptz', (d) => d.at),
];

/** Column list and typed array parameters of an INSERT … SELECT FROM unnest. */
export const columnsOf = (columns: readonly { name: string; type: string }[]): { names: string; arrays: string } => ({
  names: columns.map(({ name }) => name).join(', '),
  arrays: columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', '),
});

export const toDocument = (row: Row): DocumentRecord =>
  ({
    id: row['id'],
    owner: row['owner'],
    establishment: row['establishment'],
    lineageId: row['lineage_id'],
    version: row['version'],
    documentOid: row['document_oid'],
    setOid: row['set_oid'],
    typeCode: row['type_code'],
    title: row['title'],
    level: row['level'],
    source: row['source'],
    controlId: row['control_id'],
    messageId: row['message_id'],
    domain: row['domain'],
    patientId: row['patient_id'],
    stay: row['stay_number'] === null ? null : { authority: row['stay_authority'], number: row['stay_number'] },
    state: row['state'],
    flags: row['flags'],
    facts: row['facts'],
    declared: row['declared'],
    metadata: row['metadata'],
    recipients: row['recipients'],
    mail: row['mail'],
    contentSha256: row['content_sha256'],
    contentMediaType: row['content_media_type'],
    traceparent: row['traceparent'],
    effectiveAt: row['effective_at'],
    receivedAt: row['received_at'],
    abandonedAt: row['abandoned_at'],
    withdrawnAt: row['withdrawn_at'],
    withdrawal: row['withdrawal'],
  }) as DocumentRecord;

export const toDelivery = (row: Row): DeliveryRecord =>
  ({
    id: row['id'],
    documentId: row['document_id'],
    owner: row['owner'],
    establishment: row['establishment'],
    patientId: row['patient_id'],
    channel: row['channel'],
    form: row['form'],
    audience: row['audience'],
    recipient: row['recipient'],
    operation: row['operation'],
    state: row['state'],
    reasons: row['reasons'],
    request: row['request'],
    attempts: row['attempts'],
    outcomeCode: row['outcome_code'],
    outcomeText: row['outcome_text'],
    artefactSha256: row['artefact_sha256'],
    pdfSha256: row['pdf_sha256'],
    artefactIns: row['artefact_ins'],
    identityVersion: row['identity_version'],
    receipt: row['receipt'],
    claimedAt: row['claimed_at'],
    at: row['at'],
  }) as DeliveryRecord;
