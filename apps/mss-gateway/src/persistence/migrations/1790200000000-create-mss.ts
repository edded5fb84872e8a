import { ownerPolicy, sqlMigration, standardTables } from '@pfi/platform-postgres';
import { republicationTable } from '@pfi/platform-service';

/** First shape of the mss schema. */
export const CreateMss1790200000000 = sqlMigration('CreateMss1790200000000', () => [
  standardTables(),
  ...republicationTable(),
  // One row a delivery, which is one mail to one address; the ids of its archive never change.
  `CREATE TABLE message (
     delivery_id uuid PRIMARY KEY,
     owner text NOT NULL,
     establishment text NOT NULL,
     document_id uuid NOT NULL,
     lineage_id uuid NOT NULL,
     channel text NOT NULL CHECK (channel IN ('mss-pro', 'mss-patient')),
     request integer NOT NULL,
     operation text NOT NULL CHECK (operation IN ('send', 'replace', 'withdraw')),
     state text NOT NULL CHECK (state IN
       ('ready', 'sending', 'unknown', 'sent', 'delivered', 'refused', 'bounced', 'parked', 'cancelled')),
     in_doubt boolean NOT NULL DEFAULT false,
     attempts integer NOT NULL DEFAULT 0,
     lost_answers integer NOT NULL DEFAULT 0,
     submission_set_id text NOT NULL,
     submission_uuid text NOT NULL,
     entry_uuid text NOT NULL,
     message_id text,
     address text,
     size integer,
     outcome_code text,
     outcome_text text,
     status text,
     sent_at timestamptz,
     settled_at timestamptz,
     read_at timestamptz,
     -- Milliseconds: what a page cursor can carry.
     created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
     updated_at timestamptz NOT NULL DEFAULT now()
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX message_newest ON message (created_at DESC, delivery_id DESC)`,
  `CREATE INDEX message_document ON message (document_id)`,
  `CREATE INDEX message_in_work ON message (state, created_at)
     WHERE state IN ('ready', 'sending', 'unknown', 'refused', 'bounced', 'parked')`,
  ownerPolicy('message', { establishmentColumn: 'establishment' }),
  // Each time that bytes may have left, and what was answered.
  `CREATE TABLE message_attempt (
     delivery_id uuid NOT NULL REFERENCES message,
     attempt integer NOT NULL,
     owner text NOT NULL,
     establishment text NOT NULL,
     started_at timestamptz NOT NULL DEFAULT now(),
     ended_at timestamptz,
     code text,
     status text,
     text text,
     PRIMARY KEY (delivery_id, attempt)
   ) WITH (fillfactor = 80)`,
  ownerPolicy('message_attempt', { establishmentColumn: 'establishment' }),
  // What came into the mailboxes, without its contents.
  `CREATE TABLE received_mail (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     owner text NOT NULL,
     mailbox text NOT NULL,
     message_id text,
     sha256 text NOT NULL,
     size integer NOT NULL,
     kind text NOT NULL CHECK (kind IN ('delivery-notice', 'read-notice', 'answer', 'other', 'unreadable')),
     code text,
     delivery_id uuid,
     action text,
     status text,
     received_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
     UNIQUE (owner, mailbox, sha256)
   )`,
  `CREATE INDEX received_mail_newest ON received_mail (received_at DESC, id DESC)`,
  `CREATE INDEX received_mail_delivery ON received_mail (delivery_id) WHERE delivery_id IS NOT NULL`,
  ownerPolicy('received_mail'),
  `CREATE TABLE mailbox (
     owner text PRIMARY KEY,
     address text NOT NULL,
     last_read_at timestamptz,
     last_failure_at timestamptz,
     failure_code text
   )`,
  ownerPolicy('mailbox'),
]);
