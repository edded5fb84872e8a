import { ownerPolicy } from '@pfi/platform-postgres';

/**
 * Owner of a message whose legal entity or domain cannot be told (unknown source, unreadable header): seen by those whose
 * scope is the whole group.
 */
export const GROUP_OWNER = 'ght';

/**
 * SQL that lets the journal keep a message without the document that it carries: `raw` then lacks, at `carried_at`, the base64 of
 * the content `carried_sha256` of the same owner. For the migrations of a service that made its journal before.
 */
export const carriedContents = (): string[] => [
  `ALTER TABLE message ADD COLUMN carried_at integer, ADD COLUMN carried_sha256 bytea,
     ADD CHECK ((carried_at IS NULL) = (carried_sha256 IS NULL))`,
];

/** SQL of the journal, for a service's migrations. */
export const journalTable = (): string[] => [
  `CREATE TABLE message (
     id uuid PRIMARY KEY,
     owner text NOT NULL,
     source text NOT NULL,
     control_id text NOT NULL,
     sha256 bytea NOT NULL,
     transport text NOT NULL,
     message_type text NOT NULL,
     received_at timestamptz NOT NULL,
     outcome text NOT NULL CHECK (outcome IN ('accepted', 'unused', 'rejected')),
     answer bytea NOT NULL,
     code text,
     detail text,
     location text,
     size integer NOT NULL,
     raw bytea NOT NULL
   )`,
  // Base64 and free text gain little from compression, and it costs CPU at each intake.
  `ALTER TABLE message ALTER COLUMN raw SET STORAGE EXTERNAL`,
  `CREATE UNIQUE INDEX message_key ON message (source, control_id, sha256)`,
  `CREATE INDEX message_rejects ON message (received_at DESC, id DESC) WHERE outcome = 'rejected'`,
  ownerPolicy('message'),
];
