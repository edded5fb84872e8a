import { ownerPolicy, sqlMigration } from '@pfi/platform-postgres';

/** Calls to the INSi teleservice, and what it proposed where the sources decide. */
export const Insi1790100000000 = sqlMigration('Insi1790100000000', () => [
  // Who was asked about, when, and how it ended; never the traits that were asked.
  `CREATE TABLE insi_call (
     id uuid PRIMARY KEY,
     owner text NOT NULL,
     patient_id uuid NOT NULL REFERENCES patient,
     legal_entity text NOT NULL,
     -- which question of the strategy: 1 = first given name
     question integer NOT NULL,
     outcome text NOT NULL CHECK (outcome IN ('found', 'none', 'many', 'other', 'fault', 'unreached')),
     code text,
     duration_ms integer NOT NULL,
     at timestamptz NOT NULL
   )`,
  `CREATE INDEX insi_call_newest ON insi_call (at DESC, id DESC)`,
  `CREATE INDEX insi_call_of_patient ON insi_call (patient_id, at DESC)`,
  ownerPolicy('insi_call'),
  `CREATE TABLE insi_proposal (
     patient_id uuid PRIMARY KEY REFERENCES patient,
     owner text NOT NULL,
     ins_matricule text NOT NULL,
     ins_oid text NOT NULL,
     traits jsonb NOT NULL,
     at timestamptz NOT NULL
   )`,
  ownerPolicy('insi_proposal'),
]);
