import { contentTable } from '@pfi/platform-content';
import { journalTable } from '@pfi/platform-intake';
import { ownerPolicy, sqlMigration, standardTables } from '@pfi/platform-postgres';

/** First shape of the documents schema. */
export const CreateDocuments1790000000000 = sqlMigration('CreateDocuments1790000000000', () => [
  standardTables(),
  ...journalTable(),
  contentTable(),
  `CREATE TABLE lineage (
     id uuid PRIMARY KEY,
     owner text NOT NULL,
     last_version integer NOT NULL
   )`,
  ownerPolicy('lineage'),
  // What a lineage answers to: ids of its documents, of its set, of parents that were named but never seen (design D11).
  `CREATE TABLE lineage_alias (
     owner text NOT NULL,
     kind text NOT NULL CHECK (kind IN ('document', 'set', 'parent')),
     value text NOT NULL,
     lineage_id uuid NOT NULL REFERENCES lineage,
     PRIMARY KEY (owner, kind, value)
   )`,
  ownerPolicy('lineage_alias'),
  `CREATE TABLE document (
     id uuid PRIMARY KEY,
     owner text NOT NULL,
     establishment text NOT NULL,
     lineage_id uuid NOT NULL REFERENCES lineage,
     version integer NOT NULL,
     document_oid text NOT NULL,
     set_oid text,
     type_code text NOT NULL,
     title text NOT NULL,
     level text NOT NULL CHECK (level IN ('N1', 'N3')),
     source text NOT NULL,
     control_id text NOT NULL,
     message_id uuid NOT NULL,
     domain text NOT NULL,
     patient_id uuid,
     stay_authority text,
     stay_number text,
     state text NOT NULL,
     flags jsonb NOT NULL,
     facts jsonb NOT NULL,
     declared jsonb NOT NULL,
     metadata jsonb,
     recipients jsonb NOT NULL,
     content_sha256 text NOT NULL,
     content_media_type text NOT NULL,
     traceparent text,
     effective_at timestamptz,
     received_at timestamptz NOT NULL,
     abandoned_at timestamptz,
     withdrawn_at timestamptz
   )`,
  `CREATE UNIQUE INDEX document_version ON document (lineage_id, version)`,
  `CREATE UNIQUE INDEX document_oid ON document (owner, document_oid)`,
  `CREATE INDEX document_newest ON document (received_at DESC, id DESC)`,
  `CREATE INDEX document_control ON document (control_id)`,
  `CREATE INDEX document_of_patient ON document (patient_id, received_at DESC)`,
  `CREATE INDEX document_of_stay ON document (stay_number) WHERE stay_number IS NOT NULL`,
  `CREATE INDEX document_in_work ON document (state, received_at) WHERE state IN ('held', 'parked', 'in-delivery')`,
  ownerPolicy('document', { establishmentColumn: 'establishment' }),
  // Keys under which a document waits for its patient: 'id|<authority>|<value>', 'ins|<oid>|<matricule>'.
  `CREATE TABLE awaited_patient (
     domain text NOT NULL,
     key text NOT NULL,
     document_id uuid NOT NULL REFERENCES document,
     owner text NOT NULL,
     PRIMARY KEY (domain, key, document_id)
   )`,
  ownerPolicy('awaited_patient'),
  `CREATE TABLE delivery (
     id uuid PRIMARY KEY,
     document_id uuid NOT NULL REFERENCES document,
     owner text NOT NULL,
     establishment text NOT NULL,
     patient_id uuid,
     channel text NOT NULL,
     form text NOT NULL,
     audience text NOT NULL,
     recipient jsonb,
     state text NOT NULL,
     reasons jsonb NOT NULL,
     request integer NOT NULL,
     attempts integer NOT NULL,
     outcome_code text,
     outcome_text text,
     artefact_sha256 text,
     artefact_ins text,
     identity_version integer,
     claimed_at timestamptz,
     at timestamptz NOT NULL
   )`,
  `CREATE INDEX delivery_of_document ON delivery (document_id)`,
  `CREATE INDEX delivery_to_judge ON delivery (patient_id) WHERE state IN ('held', 'pending')`,
  ownerPolicy('delivery', { establishmentColumn: 'establishment' }),
  `CREATE TABLE timeline (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     document_id uuid NOT NULL REFERENCES document,
     owner text NOT NULL,
     establishment text NOT NULL,
     at timestamptz NOT NULL,
     event text NOT NULL,
     text text NOT NULL
   )`,
  `CREATE INDEX timeline_of_document ON timeline (document_id, id)`,
  ownerPolicy('timeline', { establishmentColumn: 'establishment' }),
  // Read model of the identity context: the newest state of each patient.
  `CREATE TABLE identity (
     patient_id uuid PRIMARY KEY,
     owner text NOT NULL,
     version integer NOT NULL,
     status text NOT NULL,
     ins_matricule text,
     ins_oid text,
     traits jsonb NOT NULL,
     dmp_opposition text NOT NULL,
     fictitious boolean NOT NULL,
     merged_into uuid
   )`,
  `CREATE INDEX identity_ins ON identity (owner, ins_matricule) WHERE ins_matricule IS NOT NULL`,
  ownerPolicy('identity'),
  `CREATE TABLE identity_identifier (
     owner text NOT NULL,
     authority text NOT NULL,
     value text NOT NULL,
     patient_id uuid NOT NULL,
     PRIMARY KEY (owner, authority, value)
   )`,
  `CREATE INDEX identity_identifier_patient ON identity_identifier (patient_id)`,
  ownerPolicy('identity_identifier'),
  `CREATE TABLE stay (
     owner text NOT NULL,
     authority text NOT NULL,
     number text NOT NULL,
     version integer NOT NULL,
     establishment text NOT NULL,
     PRIMARY KEY (owner, authority, number)
   )`,
  ownerPolicy('stay'),
  `CREATE INDEX identity_retired ON identity (merged_into) WHERE merged_into IS NOT NULL`,
  `CREATE INDEX awaited_patient_document ON awaited_patient (document_id)`,
  `CREATE INDEX delivery_waiting ON delivery (owner, at) WHERE state = 'held' AND channel = 'dmp'`,
  // A deposit without Idempotency-Key is recognised by its bytes.
  `CREATE INDEX message_deposit ON message (sha256) WHERE transport = 'rest'`,
]);
