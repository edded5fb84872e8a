import { ownerPolicy, systemPolicy } from './owner-policy.sql.js';

/** Events to publish. Written in the business transaction; read and marked by the relay (system role). */
const outbox = `CREATE TABLE outbox (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  owner text NOT NULL,
  topic text NOT NULL,
  type text NOT NULL,
  aggregate text NOT NULL,
  sequence bigint NOT NULL,
  payload text NOT NULL,
  traceparent text,
  replay boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz
);
CREATE UNIQUE INDEX outbox_id ON outbox (id);
CREATE UNIQUE INDEX outbox_sequence ON outbox (owner, aggregate, sequence) WHERE NOT replay;
CREATE INDEX outbox_unpublished ON outbox (position) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;`;

/** The last sequence given to each aggregate; its row is the aggregate's lock. */
const aggregateSequence = `CREATE TABLE aggregate_sequence (
  owner text NOT NULL,
  aggregate text NOT NULL,
  sequence bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (owner, aggregate)
) WITH (fillfactor = 80);`;

/** Events already applied by a consumer. */
const inbox = `CREATE TABLE inbox (
  owner text NOT NULL,
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  aggregate text NOT NULL,
  sequence bigint NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, consumer, event_id)
);
CREATE INDEX inbox_applied_at ON inbox (applied_at);`;

/** The last sequence that a consumer applied of each aggregate. */
const aggregatePosition = `CREATE TABLE aggregate_position (
  owner text NOT NULL,
  consumer text NOT NULL,
  aggregate text NOT NULL,
  sequence bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, consumer, aggregate)
) WITH (fillfactor = 80);`;

/** Events that came before their predecessor; they wait until \`deadline_at\`, then are parked. */
const waitingEvent = `CREATE TABLE waiting_event (
  owner text NOT NULL,
  consumer text NOT NULL,
  aggregate text NOT NULL,
  sequence bigint NOT NULL,
  event_id uuid NOT NULL,
  topic text NOT NULL,
  type text NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}',
  payload text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  deadline_at timestamptz NOT NULL,
  PRIMARY KEY (owner, consumer, aggregate, sequence)
);
CREATE INDEX waiting_event_deadline ON waiting_event (deadline_at);`;

/**
 * Events that could not be applied, with the reason. \`owner\` is '' when a record names no owner that we know (only the
 * system role sees those); \`event_id\`, \`aggregate\`, \`sequence\`, \`type\` are null when the record does not say.
 */
const parkedEvent = `CREATE TABLE parked_event (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner text NOT NULL,
  consumer text NOT NULL,
  topic text NOT NULL,
  type text,
  event_id uuid,
  aggregate text,
  sequence bigint,
  headers jsonb NOT NULL DEFAULT '{}',
  payload text,
  code text NOT NULL,
  text_fr text NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  parked_at timestamptz NOT NULL DEFAULT now(),
  replayed_at timestamptz
);
CREATE UNIQUE INDEX parked_event_once ON parked_event (owner, consumer, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX parked_event_open ON parked_event (owner, parked_at) WHERE replayed_at IS NULL;`;

/** Work to do outside a transaction. \`position\` is the order of creation; see JobQueue and JobRunner. */
const job = `CREATE TABLE job (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  position bigint GENERATED ALWAYS AS IDENTITY,
  owner text NOT NULL,
  queue text NOT NULL,
  key text NOT NULL,
  ordering_key text,
  payload jsonb NOT NULL,
  state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done', 'parked', 'cancelled')),
  run_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  lease_token uuid,
  lease_until timestamptz,
  last_code text,
  last_text_fr text,
  traceparent text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  UNIQUE (owner, queue, key)
) WITH (fillfactor = 80);
CREATE INDEX job_ready ON job (queue, owner, run_at, position) WHERE state = 'ready';
CREATE INDEX job_lease ON job (queue, lease_until) WHERE state = 'running';
CREATE INDEX job_order ON job (owner, queue, ordering_key, position)
  WHERE ordering_key IS NOT NULL AND state IN ('ready', 'running', 'parked');
CREATE INDEX job_parked ON job (owner, finished_at) WHERE state = 'parked';`;

/** Leases that limit concurrent calls to a destination, over all replicas (design D14). */
const destinationSlot = `CREATE TABLE destination_slot (
  destination text NOT NULL,
  owner text NOT NULL,
  slot integer NOT NULL,
  lease_token uuid NOT NULL,
  lease_until timestamptz NOT NULL,
  PRIMARY KEY (destination, owner, slot)
) WITH (fillfactor = 50);`;

/** Circuit breaker of a destination; \`outcomes\` holds the last transport outcomes, oldest first, 1 = answered, 0 = failed. */
const destinationCircuit = `CREATE TABLE destination_circuit (
  destination text NOT NULL,
  owner text NOT NULL,
  state text NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open', 'half-open')),
  outcomes text NOT NULL DEFAULT '',
  opened_at timestamptz,
  next_probe_at timestamptz,
  probe_token uuid,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (destination, owner)
) WITH (fillfactor = 50);`;

const tables = {
  outbox,
  aggregate_sequence: aggregateSequence,
  inbox,
  aggregate_position: aggregatePosition,
  waiting_event: waitingEvent,
  parked_event: parkedEvent,
  job,
  destination_slot: destinationSlot,
  destination_circuit: destinationCircuit,
} as const;

export type StandardTable = keyof typeof tables;

/** Every standard table; each but `aggregate_sequence` is open to the system role. */
export const STANDARD_TABLES = Object.keys(tables) as readonly StandardTable[];

/**
 * SQL of the standard tables, with row-level security and the policies of the system role. A service's first migration
 * runs it: `await queryRunner.query(standardTables())`. Names are unqualified: the migration runs with
 * `search_path` = the service's schema, as `<schema>_owner`.
 */
export function standardTables(only: readonly StandardTable[] = STANDARD_TABLES): string {
  return only
    .map((table) => {
      const system = table === 'aggregate_sequence' ? '' : `\n${systemPolicy(table)}`;
      return `${tables[table]}\n${ownerPolicy(table)}${system}`;
    })
    .join('\n\n');
}
