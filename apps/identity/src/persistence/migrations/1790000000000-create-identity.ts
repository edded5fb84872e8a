import { journalTable } from '@pfi/platform-intake';
import { ownerPolicy, sqlMigration, standardTables } from '@pfi/platform-postgres';

/** First shape of the identity schema. */
export const CreateIdentity1790000000000 = sqlMigration('CreateIdentity1790000000000', () => [
  standardTables(),
  ...journalTable(),
  `CREATE TABLE patient (
     id uuid PRIMARY KEY,
     owner text NOT NULL,
     version integer NOT NULL,
     identifiers jsonb NOT NULL,
     ins_matricule text,
     ins_oid text,
     status text NOT NULL CHECK (status IN ('provisoire', 'recuperee', 'validee', 'qualifiee')),
     traits jsonb NOT NULL,
     -- normalised, for the search by name
     search_name text NOT NULL,
     search_used_name text NOT NULL,
     birth_date text,
     fictitious boolean NOT NULL,
     dubious boolean NOT NULL,
     dmp_opposition text NOT NULL,
     merged_into uuid REFERENCES patient
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX patient_ins ON patient (owner, ins_matricule) WHERE ins_matricule IS NOT NULL`,
  `CREATE INDEX patient_born ON patient (birth_date, search_name)`,
  ownerPolicy('patient'),
  // Who answers to an identifier. An alias was merged before its identity was ever seen. Merges are followed on reading.
  `CREATE TABLE patient_identifier (
     owner text NOT NULL,
     authority text NOT NULL,
     value text NOT NULL,
     patient_id uuid NOT NULL REFERENCES patient,
     alias boolean NOT NULL,
     PRIMARY KEY (owner, authority, value)
   )`,
  ownerPolicy('patient_identifier'),
  `CREATE TABLE patient_history (
     patient_id uuid NOT NULL REFERENCES patient,
     version integer NOT NULL,
     owner text NOT NULL,
     at timestamptz NOT NULL,
     event text NOT NULL,
     source text NOT NULL,
     message_id uuid,
     changes text[] NOT NULL,
     state jsonb NOT NULL,
     PRIMARY KEY (patient_id, version)
   )`,
  ownerPolicy('patient_history'),
  `CREATE TABLE stay (
     id uuid PRIMARY KEY,
     owner text NOT NULL,
     establishment text NOT NULL,
     authority text NOT NULL,
     number text NOT NULL,
     version integer NOT NULL,
     patient_id uuid NOT NULL REFERENCES patient,
     unit text,
     patient_class text NOT NULL,
     state text NOT NULL CHECK (state IN ('pre-admitted', 'open', 'ended', 'cancelled')),
     admitted_at timestamptz,
     ended_at timestamptz,
     reconstituted boolean NOT NULL
   ) WITH (fillfactor = 80)`,
  `CREATE UNIQUE INDEX stay_key ON stay (owner, authority, number)`,
  `CREATE INDEX stay_of_patient ON stay (patient_id)`,
  ownerPolicy('stay', { establishmentColumn: 'establishment' }),
  `CREATE TABLE task (
     id uuid PRIMARY KEY,
     owner text NOT NULL,
     code text NOT NULL,
     text text NOT NULL,
     patient_id uuid REFERENCES patient,
     -- what the task is about beside the patient: another patient's id, a unit, a stay number
     subject text NOT NULL,
     opened_at timestamptz NOT NULL,
     closed_at timestamptz,
     closed_by text
   )`,
  `CREATE UNIQUE INDEX task_open ON task (owner, code, coalesce(patient_id, '00000000-0000-0000-0000-000000000000'), subject)
     WHERE closed_at IS NULL`,
  `CREATE INDEX task_of_patient ON task (patient_id, code) WHERE closed_at IS NULL`,
  `CREATE INDEX task_newest ON task (opened_at DESC, id DESC)`,
  ownerPolicy('task'),
]);
