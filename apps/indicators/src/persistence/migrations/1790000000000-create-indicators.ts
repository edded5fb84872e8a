import { ownerPolicy, sqlMigration, standardTables, systemPolicy } from '@pfi/platform-postgres';

/**
 * First shape of the indicators schema. Every row of the projection belongs to a generation: the live one is read, one that is
 * being built beside it takes its place at the end of a rebuild.
 */
export const CreateIndicators1790000000000 = sqlMigration('CreateIndicators1790000000000', () => [
  standardTables(),
  `CREATE TABLE generation (
     id integer PRIMARY KEY,
     -- of the group as a whole
     owner text NOT NULL DEFAULT 'ght',
     state text NOT NULL CHECK (state IN ('building', 'live', 'retired', 'abandoned')),
     -- hash of the definitions that every stay of the generation was judged by
     definitions text NOT NULL DEFAULT '',
     -- what each owner of facts was asked for and said, by service
     sources jsonb NOT NULL DEFAULT '{}',
     started_at timestamptz NOT NULL DEFAULT now(),
     started_by text NOT NULL,
     ended_at timestamptz,
     -- rows of a retired generation are gone
     emptied boolean NOT NULL DEFAULT false
   )`,
  `CREATE UNIQUE INDEX generation_live ON generation ((true)) WHERE state = 'live'`,
  `CREATE UNIQUE INDEX generation_building ON generation ((true)) WHERE state = 'building'`,
  `INSERT INTO generation (id, state, started_by) VALUES (1, 'live', 'migration')`,
  ownerPolicy('generation'),
  // Which generations there are is no secret of anybody: every handler asks.
  `CREATE POLICY everyone ON generation FOR SELECT USING (true)`,
  // Republished events that came while a generation was being built, by type.
  `CREATE TABLE republished (
     position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     owner text NOT NULL,
     generation integer NOT NULL,
     type text NOT NULL,
     events integer NOT NULL
   )`,
  `CREATE INDEX republished_of ON republished (generation, type)`,
  ownerPolicy('republished'),
  `CREATE TABLE patient (
     generation integer NOT NULL,
     id uuid NOT NULL,
     owner text NOT NULL,
     version integer NOT NULL,
     ins_qualified boolean NOT NULL,
     fictitious boolean NOT NULL,
     opposed boolean NOT NULL,
     deceased_on text,
     birth_date text,
     merged_into uuid,
     PRIMARY KEY (generation, id)
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX patient_merged ON patient (generation, merged_into) WHERE merged_into IS NOT NULL`,
  ownerPolicy('patient'),
  `CREATE TABLE stay (
     generation integer NOT NULL,
     id uuid NOT NULL,
     owner text NOT NULL,
     establishment text NOT NULL,
     authority text NOT NULL,
     number text NOT NULL,
     version integer NOT NULL,
     patient_id uuid NOT NULL,
     unit text,
     patient_class text NOT NULL,
     state text NOT NULL,
     admitted_at timestamptz,
     ended_at timestamptz,
     ended_by_death boolean NOT NULL,
     PRIMARY KEY (generation, id)
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX stay_number ON stay (generation, owner, authority, number)`,
  `CREATE INDEX stay_of_patient ON stay (generation, patient_id)`,
  ownerPolicy('stay', { establishmentColumn: 'establishment' }),
  `CREATE TABLE document (
     generation integer NOT NULL,
     id uuid NOT NULL,
     owner text NOT NULL,
     establishment text NOT NULL,
     lineage_id uuid NOT NULL,
     version integer NOT NULL,
     type_code text NOT NULL,
     source text NOT NULL,
     stay_authority text,
     stay_number text,
     -- the stay of that number, once it is known
     stay_id uuid,
     received_at timestamptz NOT NULL,
     PRIMARY KEY (generation, id)
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX document_of_lineage ON document (generation, lineage_id)`,
  `CREATE INDEX document_of_stay ON document (generation, stay_id) WHERE stay_id IS NOT NULL`,
  `CREATE INDEX document_waiting_for_stay ON document (generation, owner, stay_authority, stay_number) WHERE stay_id IS NULL`,
  `CREATE INDEX document_orphan ON document (generation, received_at DESC, id DESC) WHERE stay_id IS NULL`,
  ownerPolicy('document', { establishmentColumn: 'establishment' }),
  // What was asked (topic of documents) and what became of it (topics of the gateways): each side may come first.
  `CREATE TABLE delivery (
     generation integer NOT NULL,
     id uuid NOT NULL,
     owner text NOT NULL,
     document_id uuid NOT NULL,
     lineage_id uuid NOT NULL,
     channel text NOT NULL,
     operation text NOT NULL,
     request_state text,
     request_reasons text[],
     request_sequence bigint,
     outcome_kind text,
     outcome_at timestamptz,
     outcome_code text,
     outcome_status text,
     outcome_sequence bigint,
     PRIMARY KEY (generation, id)
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX delivery_of_document ON delivery (generation, document_id)`,
  ownerPolicy('delivery'),
  // What an indicator says of a stay, ready to be counted.
  `CREATE TABLE verdict (
     generation integer NOT NULL,
     stay_id uuid NOT NULL,
     code text NOT NULL,
     owner text NOT NULL,
     establishment text NOT NULL,
     day date NOT NULL,
     gross text NOT NULL,
     net text NOT NULL,
     reason text NOT NULL,
     detail text,
     -- sessions of one group count as one
     unit_group text,
     documents jsonb NOT NULL,
     PRIMARY KEY (generation, stay_id, code)
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX verdict_by_day ON verdict (generation, code, day, stay_id)`,
  `CREATE INDEX verdict_session ON verdict (generation, code, day) INCLUDE (establishment, unit_group, gross, net, owner)
     WHERE unit_group IS NOT NULL`,
  `CREATE INDEX verdict_group ON verdict (generation, unit_group) WHERE unit_group IS NOT NULL`,
  ownerPolicy('verdict', { establishmentColumn: 'establishment' }),
  // Stays that are a unit of their own, counted by day: kept with the verdicts, in their transaction. A year is read in milliseconds.
  `CREATE TABLE daily_count (
     generation integer NOT NULL,
     code text NOT NULL,
     establishment text NOT NULL,
     day date NOT NULL,
     owner text NOT NULL,
     gross_numerator integer NOT NULL,
     gross_denominator integer NOT NULL,
     net_numerator integer NOT NULL,
     net_denominator integer NOT NULL,
     PRIMARY KEY (generation, code, establishment, day)
   ) WITH (fillfactor = 50)`,
  ownerPolicy('daily_count', { establishmentColumn: 'establishment' }),
  // What must be judged again: written with the facts, taken after their commit, so that a judgement sees both sides of a race.
  `CREATE TABLE touched (
     position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     owner text NOT NULL,
     kind text NOT NULL CHECK (kind IN ('patient', 'stay', 'lineage')),
     id uuid NOT NULL
   )`,
  `CREATE INDEX touched_by_owner ON touched (owner, position)`,
  ownerPolicy('touched'),
  systemPolicy('touched'),
]);
