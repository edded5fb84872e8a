import { sqlMigration } from '@pfi/platform-postgres';

/**
 * Pages of the console on a million documents. Row-level security hides rows, it does not find them: for somebody who sees few of
 * them, an index that does not begin with what they see is read to its end. So each list has an index by owner and one by
 * establishment, that hold all a list asks for (no row of the table is read that is not shown).
 */
export const Pages1790500000000 = sqlMigration('Pages1790500000000', () => [
  `DROP INDEX document_newest`,
  `DROP INDEX document_by_state`,
  `DROP INDEX document_by_source`,
  `CREATE INDEX document_of_owner ON document (owner, state, received_at DESC, id DESC) INCLUDE (establishment, source)`,
  `CREATE INDEX document_of_establishment ON document (establishment, state, received_at DESC, id DESC) INCLUDE (owner, source)`,
  `CREATE INDEX document_by_source ON document (source, received_at DESC, id DESC) INCLUDE (owner, establishment, state)`,
  // No operator of jsonb may run before row-level security, so no index on an expression of one is of use to a search.
  `DROP INDEX document_withdrawal_control`,
  `ALTER TABLE document ADD COLUMN withdrawal_control text GENERATED ALWAYS AS (withdrawal ->> 'controlId') STORED`,
  `CREATE INDEX document_withdrawal_control ON document (withdrawal_control) WHERE withdrawal_control IS NOT NULL`,
  // Why a delivery waits, in a column that an index can hold.
  `ALTER TABLE delivery ADD COLUMN waiting_code text GENERATED ALWAYS AS (
     CASE WHEN state IN ('held', 'parked') THEN coalesce(reasons -> 0 ->> 'code', outcome_code, 'UNKNOWN') END) STORED`,
  `CREATE INDEX delivery_open ON delivery (state, waiting_code, document_id) INCLUDE (channel, owner, establishment)
     WHERE state IN ('held', 'parked', 'pending')`,
]);
