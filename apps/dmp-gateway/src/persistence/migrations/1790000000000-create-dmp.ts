import { ownerPolicy, sqlMigration, standardTables } from '@pfi/platform-postgres';

/** First shape of the dmp schema. */
export const CreateDmp1790000000000 = sqlMigration('CreateDmp1790000000000', () => [
  standardTables(),
  // One row a delivery: the ids under which its document is, or will be, in the DMP never change.
  `CREATE TABLE submission (
     delivery_id uuid PRIMARY KEY,
     owner text NOT NULL,
     establishment text NOT NULL,
     document_id uuid NOT NULL,
     lineage_id uuid NOT NULL,
     request integer NOT NULL,
     state text NOT NULL CHECK (state IN ('ready', 'sending', 'unknown', 'accepted', 'refused', 'cancelled', 'parked')),
     in_doubt boolean NOT NULL DEFAULT false,
     attempts integer NOT NULL DEFAULT 0,
     error_answers integer NOT NULL DEFAULT 0,
     submission_set_id text NOT NULL,
     submission_uuid text NOT NULL,
     entry_uuid text NOT NULL,
     unique_id text,
     matricule text,
     ins_oid text,
     author jsonb,
     sha1 text,
     size bigint,
     checks integer NOT NULL DEFAULT 0,
     first_check_at timestamptz,
     outcome_code text,
     outcome_text text,
     reconciled boolean NOT NULL DEFAULT false,
     -- Milliseconds: what a page cursor can carry.
     created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE INDEX submission_newest ON submission (created_at DESC, delivery_id DESC)`,
  `CREATE INDEX submission_in_work ON submission (state, created_at) WHERE state NOT IN ('accepted', 'refused', 'cancelled')`,
  ownerPolicy('submission', { establishmentColumn: 'establishment' }),
]);
