import type { Channel } from '@pfi/documents-core';
import type { Tx } from '@pfi/platform-postgres';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from '../deliveries/records.js';
import { columnsOf, deliveryColumns, documentColumns, toDelivery, toDocument, type Row } from './columns.js';

export interface Neighbours {
  readonly replaces: string | null;
  readonly replacedBy: string | null;
}

/** What may answer a wait, beside identities. */
export interface Answered {
  readonly openChannels: readonly Channel[];
  /** The owner has a mailbox. */
  readonly mailbox: boolean;
  /** Professional mail of documents received until then leaves without INS; null when it never does. */
  readonly withoutInsSince: Date | null;
  readonly limit: number;
}

const IDENTITY_ANSWERS = `((p.status = 'qualifiee' AND p.ins_matricule IS NOT NULL) OR p.merged_into IS NOT NULL
  OR (d.channel = 'dmp' AND p.dmp_opposition = 'opposed'))`;
const WAITED_ENOUGH = `(d.channel = 'mss-pro' AND f.received_at <= $5)`;

/** Documents, their deliveries and their timeline: many rows a statement, always inside the caller's transaction. */
export class DocumentRepository {
  insertDocuments(tx: Tx, documents: readonly DocumentRecord[]): void {
    insertMany(tx, 'document', documentColumns, documents);
  }

  insertDeliveries(tx: Tx, deliveries: readonly DeliveryRecord[]): void {
    insertMany(tx, 'delivery', deliveryColumns, deliveries);
  }

  insertTimeline(tx: Tx, entries: readonly TimelineEntry[]): void {
    if (entries.length === 0) return;
    tx.send(
      `INSERT INTO timeline (document_id, owner, establishment, at, event, text)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])`,
      [
        entries.map((e) => e.documentId),
        entries.map((e) => e.owner),
        entries.map((e) => e.establishment),
        entries.map((e) => e.at),
        entries.map((e) => e.event),
        entries.map((e) => e.text),
      ],
    );
  }

  /**
   * Locks the documents and every other version of them: the order of every change of a lineage and its deliveries.
   * In id order.
   */
  async lockLineages(tx: Tx, documentIds: readonly string[]): Promise<Map<string, DocumentRecord>> {
    const rows = await tx.query<Row>(
      `SELECT * FROM document
       WHERE lineage_id = ANY(ARRAY(SELECT lineage_id FROM document WHERE id = ANY($1::uuid[]))) ORDER BY id FOR NO KEY UPDATE`,
      [documentIds],
    );
    return new Map(rows.map((row) => [row['id'] as string, toDocument(row)]));
  }

  /** Ids of the versions before and after each document: what it replaces, what replaced it. */
  async neighbours(
    tx: Tx,
    documents: readonly Pick<DocumentRecord, 'id' | 'lineageId' | 'version'>[],
  ): Promise<Map<string, Neighbours>> {
    const rows = await tx.query<{ id: string; lineage_id: string; version: number }>(
      `SELECT id, lineage_id, version FROM document WHERE lineage_id = ANY($1::uuid[]) ORDER BY version`,
      [[...new Set(documents.map((document) => document.lineageId))]],
    );
    const lineages = Map.groupBy(rows, (row) => row.lineage_id);
    return new Map(
      documents.map(({ id, lineageId, version }) => {
        const versions = lineages.get(lineageId) ?? [];
        return [
          id,
          {
            replaces: versions.findLast((one) => one.version < version)?.id ?? null,
            replacedBy: versions.find((one) => one.version > version)?.id ?? null,
          },
        ];
      }),
    );
  }

  /** The next documents of a legal entity in id order, held still with their deliveries until the transaction ends. */
  async page(tx: Tx, owner: string, after: string | null, limit: number): Promise<DocumentRecord[]> {
    const rows = await tx.query<Row>(
      `SELECT * FROM document WHERE owner = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3 FOR SHARE`,
      [owner, after, limit],
    );
    return rows.map(toDocument);
  }

  async deliveriesOf(tx: Tx, documentIds: readonly string[]): Promise<DeliveryRecord[]> {
    const rows = await tx.query<Row>(`SELECT * FROM delivery WHERE document_id = ANY($1::uuid[]) ORDER BY at, id`, [
      documentIds,
    ]);
    return rows.map(toDelivery);
  }

  async timelineOf(tx: Tx, documentIds: readonly string[]): Promise<TimelineEntry[]> {
    return tx.query<TimelineEntry & Row>(
      `SELECT document_id AS "documentId", owner, establishment, at, event, text FROM timeline
       WHERE document_id = ANY($1::uuid[]) ORDER BY id`,
      [documentIds],
    );
  }

  async documentIdsOfDeliveries(tx: Tx, deliveryIds: readonly string[]): Promise<string[]> {
    const rows = await tx.query<{ document_id: string }>(
      `SELECT DISTINCT document_id FROM delivery WHERE id = ANY($1::uuid[])`,
      [deliveryIds],
    );
    return rows.map((row) => row.document_id);
  }

  /** Documents of these patients with a delivery that an identity change may move. */
  async documentsToJudge(tx: Tx, patientIds: readonly string[]): Promise<string[]> {
    const rows = await tx.query<{ document_id: string }>(
      `SELECT DISTINCT document_id FROM delivery WHERE patient_id = ANY($1::uuid[]) AND state IN ('held', 'pending')`,
      [patientIds],
    );
    return rows.map((row) => row.document_id);
  }

  /**
   * Documents with a delivery that waits since before `before` for a reason that seems answered: by the patient's identity as
   * known now, by a channel or a mailbox that is there; or with a professional mail whose wait for an INS is over.
   */
  async overdueDocuments(tx: Tx, owner: string, before: Date, answered: Answered): Promise<string[]> {
    const { openChannels, mailbox, withoutInsSince, limit } = answered;
    const rows = await tx.query<{ document_id: string }>(
      `SELECT d.document_id FROM delivery d
       JOIN document f ON f.id = d.document_id
       LEFT JOIN identity p ON p.patient_id = d.patient_id
       WHERE d.owner = $1 AND d.state = 'held' AND d.at < $2
         AND CASE d.reasons -> 0 ->> 'code'
               WHEN 'CHANNEL_DISABLED' THEN d.channel = ANY($3::text[])
               WHEN 'MAILBOX_MISSING' THEN $4
               WHEN 'DMP_CONSENT_UNKNOWN' THEN p.dmp_opposition IN ('none', 'opposed') OR p.merged_into IS NOT NULL
               WHEN 'IDENTITY_PENDING' THEN ${IDENTITY_ANSWERS} OR ${WAITED_ENOUGH}
               WHEN 'PATIENT_UNKNOWN' THEN ${IDENTITY_ANSWERS} OR ${WAITED_ENOUGH}
               WHEN 'INS_NOT_QUALIFIED' THEN ${IDENTITY_ANSWERS} OR ${WAITED_ENOUGH}
               WHEN 'INS_IN_DOCUMENT_NOT_QUALIFIED' THEN ${IDENTITY_ANSWERS}
               ELSE false
             END
       ORDER BY d.at LIMIT $6`,
      [owner, before, openChannels, mailbox, withoutInsSince, limit],
    );
    return [...new Set(rows.map((row) => row.document_id))];
  }

  /** Names the patient of documents that waited for one, and of their deliveries. */
  async givePatients(tx: Tx, patientOf: ReadonlyMap<string, string>): Promise<void> {
    if (patientOf.size === 0) return;
    const values = [[...patientOf.keys()], [...patientOf.values()]];
    const from = `FROM unnest($1::uuid[], $2::uuid[]) AS g (document_id, patient_id)`;
    await tx.query(`UPDATE document SET patient_id = g.patient_id ${from} WHERE document.id = g.document_id`, values);
    await tx.query(
      `UPDATE delivery SET patient_id = g.patient_id ${from} WHERE delivery.document_id = g.document_id`,
      values,
    );
  }

  updateDeliveries(tx: Tx, deliveries: readonly DeliveryRecord[]): void {
    if (deliveries.length === 0) return;
    tx.send(
      `UPDATE delivery SET state = c.state, reasons = c.reasons, request = c.request, attempts = c.attempts,
              outcome_code = c.outcome_code, outcome_text = c.outcome_text, artefact_sha256 = c.artefact_sha256,
              artefact_ins = c.artefact_ins, identity_version = c.identity_version, claimed_at = c.claimed_at,
              patient_id = c.patient_id, at = c.at, operation = c.operation, receipt = c.receipt, pdf_sha256 = c.pdf_sha256
       FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[],
                   $10::int[], $11::timestamptz[], $12::uuid[], $13::timestamptz[], $14::text[], $15::jsonb[], $16::text[])
         AS c (id, state, reasons, request, attempts, outcome_code, outcome_text, artefact_sha256, artefact_ins,
               identity_version, claimed_at, patient_id, at, operation, receipt, pdf_sha256)
       WHERE delivery.id = c.id`,
      [
        deliveries.map((d) => d.id),
        deliveries.map((d) => d.state),
        deliveries.map((d) => JSON.stringify(d.reasons)),
        deliveries.map((d) => d.request),
        deliveries.map((d) => d.attempts),
        deliveries.map((d) => d.outcomeCode),
        deliveries.map((d) => d.outcomeText),
        deliveries.map((d) => d.artefactSha256),
        deliveries.map((d) => d.artefactIns),
        deliveries.map((d) => d.identityVersion),
        deliveries.map((d) => d.claimedAt),
        deliveries.map((d) => d.patientId),
        deliveries.map((d) => d.at),
        deliveries.map((d) => d.operation),
        deliveries.map((d) => (d.receipt ? JSON.stringify(d.receipt) : null)),
        deliveries.map((d) => d.pdfSha256),
      ],
    );
  }

  updateDocuments(
    tx: Tx,
    documents: readonly Pick<
      DocumentRecord,
      'id' | 'state' | 'patientId' | 'abandonedAt' | 'withdrawnAt' | 'withdrawal'
    >[],
  ): void {
    if (documents.length === 0) return;
    tx.send(
      `UPDATE document SET state = c.state, patient_id = c.patient_id, abandoned_at = c.abandoned_at,
              withdrawn_at = c.withdrawn_at, withdrawal = c.withdrawal
       FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[])
         AS c (id, state, patient_id, abandoned_at, withdrawn_at, withdrawal)
       WHERE document.id = c.id`,
      [
        documents.map((d) => d.id),
        documents.map((d) => d.state),
        documents.map((d) => d.patientId),
        documents.map((d) => d.abandonedAt),
        documents.map((d) => d.withdrawnAt),
        documents.map((d) => (d.withdrawal ? JSON.stringify(d.withdrawal) : null)),
      ],
    );
  }
}

function insertMany<Record_>(
  tx: Tx,
  table: string,
  columns: readonly { name: string; type: string; value: (record: Record_) => unknown }[],
  records: readonly Record_[],
): void {
  if (records.length === 0) return;
  const { names, arrays } = columnsOf(columns);
  tx.send(
    `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${arrays})`,
    columns.map((column) => records.map(column.value)),
  );
}
