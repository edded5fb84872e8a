import { sqlMigration } from '@pfi/platform-postgres';

/** Mails: what their source wants of them, their PDF, and a sweep that looks after every channel; searches of a large group. */
export const Mail1790200000000 = sqlMigration('Mail1790200000000', () => [
  `ALTER TABLE document ADD COLUMN mail jsonb NOT NULL
     DEFAULT '{"bodies":{"professional":null,"patient":null},"replyTo":null,"replyAllowed":true}'`,
  `ALTER TABLE delivery ADD COLUMN pdf_sha256 text`,
  `DROP INDEX delivery_waiting`,
  `CREATE INDEX delivery_waiting ON delivery (owner, at) WHERE state = 'held'`,
  // Searches by state or source, newest first, whatever share of the documents they find.
  `DROP INDEX document_in_work`,
  `CREATE INDEX document_by_state ON document (state, received_at DESC, id DESC)`,
  `CREATE INDEX document_by_source ON document (source, received_at DESC, id DESC)`,
]);
