import { ownerPolicy } from '@pfi/platform-postgres';

/**
 * SQL of the table of `PostgresContentStore`, for a service's first migration. EXTERNAL: documents are mostly base64 or
 * compressed, and only uncompressed values can be read by pieces.
 */
export function contentTable(): string {
  return `CREATE TABLE content (
  owner text NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  bytes bytea NOT NULL,
  media_type text NOT NULL,
  size bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, sha256)
);
ALTER TABLE content ALTER COLUMN bytes SET STORAGE EXTERNAL;
${ownerPolicy('content')}`;
}
