import { createHash } from 'node:crypto';
import type { Tx } from '@pfi/platform-postgres';

/** One message as it came in, with the answer that its sender gets. */
export interface JournalEntry {
  readonly id: string;
  /** `ej:<FINESS>`, `dom:<key>`, or GROUP_OWNER. */
  readonly owner: string;
  /** Key of the source; `?<MSH-3>|<MSH-4>` for an unknown one. */
  readonly source: string;
  /** MSH-10 or Idempotency-Key; empty when it could not be read. */
  readonly controlId: string;
  readonly sha256: Buffer;
  readonly transport: 'mllp' | 'rest';
  /** `ADT^A01`, `MDM^T02`, `POST /documents`…; empty when it could not be read. */
  readonly messageType: string;
  readonly receivedAt: Date;
  readonly raw: Buffer;
  readonly carried?: CarriedContent;
  readonly outcome: 'accepted' | 'unused' | 'rejected';
  readonly answer: Buffer;
  readonly code?: string;
  readonly detail?: string;
  readonly location?: string;
}

/**
 * A document inside a message, which the transaction that records the message stores as a content of the same owner: the journal
 * then holds its name in its place, and no second copy.
 */
export interface CarriedContent {
  /** Slice of the raw bytes: exactly what encoding the content in base64 gives. */
  readonly base64: Buffer;
  /** Of the content, lower-case hexadecimal. */
  readonly sha256: string;
}

export interface JournalOutcome {
  readonly outcome: JournalEntry['outcome'];
  readonly answer: Buffer;
  readonly code?: string;
  readonly detail?: string;
  readonly location?: string;
  /** When a message that was refused first came again and was accepted. */
  readonly receivedAt?: Date;
}

export const sha256Of = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** What makes two messages the same one: source, control id, bytes (invariant I2). */
export const journalKey = (entry: Pick<JournalEntry, 'source' | 'controlId' | 'sha256'>): string =>
  `${entry.source}\u0000${entry.controlId}\u0000${entry.sha256.toString('base64')}`;

/** The raw bytes are one parameter each: a Buffer then travels as binary, where an array of bytea would be hexadecimal text. */
const insertMessages = (rows: number): string =>
  `INSERT INTO message (id, owner, source, control_id, sha256, transport, message_type, received_at, outcome, answer, code, detail, location, size, carried_at, carried_sha256, raw)
   SELECT m.id, m.owner, m.source, m.control_id, m.sha256, m.transport, m.message_type, m.received_at, m.outcome, m.answer, m.code, m.detail, m.location, m.size, m.carried_at, m.carried_sha256, r.raw
   FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::timestamptz[], $9::text[],
               $10::bytea[], $11::text[], $12::text[], $13::text[], $14::integer[], $15::integer[], $16::bytea[]) WITH ORDINALITY
     AS m (id, owner, source, control_id, sha256, transport, message_type, received_at, outcome, answer, code, detail, location, size, carried_at, carried_sha256, place)
   JOIN (VALUES ${Array.from({ length: rows }, (_, row) => `(${row + 1}, $${row + 17}::bytea)`).join(', ')}) AS r (place, raw) USING (place)
   ON CONFLICT (source, control_id, sha256) DO NOTHING RETURNING id`;

/**
 * The durable record of every message that a door took in: raw bytes, key and answer, written in the transaction that
 * applies them, before the acknowledgement leaves.
 */
export class MessageJournal {
  /**
   * Writes the entries that are new. Returns, by journal key, the stored answer of those that came before: their sender gets
   * that answer again and nothing else happens. A copy that another transaction is writing now is waited for.
   * Entries of one call must have distinct keys.
   */
  async record(tx: Tx, entries: readonly JournalEntry[]): Promise<ReadonlyMap<string, Buffer>> {
    const inserted = await tx.query<{ id: string }>(insertMessages(entries.length), [
      entries.map((e) => e.id),
      entries.map((e) => e.owner),
      entries.map((e) => e.source),
      entries.map((e) => e.controlId),
      entries.map((e) => e.sha256),
      entries.map((e) => e.transport),
      entries.map((e) => e.messageType),
      entries.map((e) => e.receivedAt),
      entries.map((e) => e.outcome),
      entries.map((e) => e.answer),
      entries.map((e) => e.code ?? null),
      entries.map((e) => e.detail ?? null),
      entries.map((e) => e.location ?? null),
      entries.map((e) => e.raw.length),
      entries.map((e) => (e.carried ? placeIn(e.raw, e.carried.base64) : null)),
      entries.map((e) => (e.carried ? Buffer.from(e.carried.sha256, 'hex') : null)),
      ...entries.map(withoutCarried),
    ]);
    if (inserted.length === entries.length) return new Map();
    const fresh = new Set(inserted.map((row) => row.id));
    const repeated = entries.filter((entry) => !fresh.has(entry.id));
    return this.answers(tx, repeated);
  }

  /** Changes what was said of a message before the transaction ends: deciding needed the database. */
  async amend(tx: Tx, id: string, outcome: JournalOutcome): Promise<void> {
    await tx.query(
      `UPDATE message SET outcome = $2, answer = $3, code = $4, detail = $5, location = $6, received_at = coalesce($7, received_at)
       WHERE id = $1`,
      [
        id,
        outcome.outcome,
        outcome.answer,
        outcome.code ?? null,
        outcome.detail ?? null,
        outcome.location ?? null,
        outcome.receivedAt ?? null,
      ],
    );
  }

  private async answers(
    tx: Tx,
    entries: readonly Pick<JournalEntry, 'source' | 'controlId' | 'sha256'>[],
  ): Promise<ReadonlyMap<string, Buffer>> {
    const rows = await tx.query<{ source: string; control_id: string; sha256: Buffer; answer: Buffer }>(
      `SELECT m.source, m.control_id, m.sha256, m.answer FROM message m
       JOIN unnest($1::text[], $2::text[], $3::bytea[]) AS k (source, control_id, sha256) USING (source, control_id, sha256)`,
      [entries.map((e) => e.source), entries.map((e) => e.controlId), entries.map((e) => e.sha256)],
    );
    return new Map(
      rows.map((row) => [
        journalKey({ source: row.source, controlId: row.control_id, sha256: row.sha256 }),
        row.answer,
      ]),
    );
  }
}

/** Bytes before a slice in the buffer that it was cut from. */
function placeIn(raw: Buffer, slice: Buffer): number {
  const place = slice.byteOffset - raw.byteOffset;
  if (slice.buffer === raw.buffer && place >= 0 && place + slice.length <= raw.length) return place;
  throw new TypeError('what a message carries must be a slice of it');
}

function withoutCarried({ raw, carried }: JournalEntry): Buffer {
  if (!carried) return raw;
  const place = placeIn(raw, carried.base64);
  return Buffer.concat([raw.subarray(0, place), raw.subarray(place + carried.base64.length)]);
}
