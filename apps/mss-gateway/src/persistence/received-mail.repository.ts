import type { Tx } from '@pfi/platform-postgres';

export type ReceivedKind = 'delivery-notice' | 'read-notice' | 'answer' | 'other' | 'unreadable';

/** A mail that came into a mailbox, without its contents. */
export interface ReceivedMail {
  readonly id: string;
  readonly owner: string;
  readonly mailbox: string;
  readonly messageId: string | null;
  readonly sha256: string;
  /** bytes */
  readonly size: number;
  readonly kind: ReceivedKind;
  /** Why it could not be read, or had no effect. */
  readonly code: string | null;
  /** The delivery that it speaks of. */
  readonly deliveryId: string | null;
  /** Action of a delivery notice, disposition of a read notice. */
  readonly action: string | null;
  readonly status: string | null;
  readonly receivedAt: Date;
}

export type NewReceivedMail = Omit<ReceivedMail, 'id' | 'receivedAt'>;

export interface MailboxStatus {
  readonly owner: string;
  readonly address: string;
  readonly lastReadAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly failureCode: string | null;
}

const columns = `id, owner, mailbox, message_id AS "messageId", sha256, size, kind, code, delivery_id AS "deliveryId", action, status,
  received_at AS "receivedAt"`;

/** What the mailboxes received, always inside the caller's transaction. */
export class ReceivedMailRepository {
  /** Their SHA-256, without those that were received before. */
  async add(tx: Tx, mails: readonly NewReceivedMail[]): Promise<Set<string>> {
    const added = await tx.query<{ sha256: string }>(
      `INSERT INTO received_mail (owner, mailbox, message_id, sha256, size, kind, code, delivery_id, action, status)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::uuid[], $9::text[], $10::text[])
       ON CONFLICT (owner, mailbox, sha256) DO NOTHING RETURNING sha256`,
      [
        mails.map(({ owner }) => owner),
        mails.map(({ mailbox }) => mailbox),
        mails.map(({ messageId }) => messageId),
        mails.map(({ sha256 }) => sha256),
        mails.map(({ size }) => size),
        mails.map(({ kind }) => kind),
        mails.map(({ code }) => code),
        mails.map(({ deliveryId }) => deliveryId),
        mails.map(({ action }) => action),
        mails.map(({ status }) => status),
      ],
    );
    return new Set(added.map(({ sha256 }) => sha256));
  }

  async list(
    tx: Tx,
    filter: {
      readonly kinds: readonly ReceivedKind[] | null;
      readonly deliveryId?: string | undefined;
      readonly limit: number;
      readonly after?: { at: string; id: string } | undefined;
    },
  ): Promise<ReceivedMail[]> {
    return tx.query<ReceivedMail>(
      `SELECT ${columns} FROM received_mail WHERE ($1::text[] IS NULL OR kind = ANY($1)) AND ($2::uuid IS NULL OR delivery_id = $2)
         AND ($3::timestamptz IS NULL OR (received_at, id) < ($3, $4::uuid))
       ORDER BY received_at DESC, id DESC LIMIT $5`,
      [filter.kinds, filter.deliveryId ?? null, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }

  wasRead(tx: Tx, owner: string, address: string): void {
    tx.send(
      `INSERT INTO mailbox (owner, address, last_read_at) VALUES ($1, $2, now())
       ON CONFLICT (owner) DO UPDATE SET address = excluded.address, last_read_at = now(), failure_code = NULL`,
      [owner, address],
    );
  }

  async failed(tx: Tx, owner: string, address: string, code: string): Promise<void> {
    await tx.execute(
      `INSERT INTO mailbox (owner, address, last_failure_at, failure_code) VALUES ($1, $2, now(), $3)
       ON CONFLICT (owner) DO UPDATE SET address = excluded.address, last_failure_at = now(), failure_code = $3`,
      [owner, address, code],
    );
  }

  mailboxes(tx: Tx): Promise<MailboxStatus[]> {
    return tx.query<MailboxStatus>(
      `SELECT owner, address, last_read_at AS "lastReadAt", last_failure_at AS "lastFailureAt", failure_code AS "failureCode"
       FROM mailbox ORDER BY owner`,
    );
  }
}
