import { ownerPolicy } from '@pfi/platform-postgres';

/** For a migration of a service that owns state: how far each republication has come. */
export const republicationTable = (): readonly string[] => [
  `CREATE TABLE republication (
     id uuid PRIMARY KEY,
     -- of the group as a whole
     owner text NOT NULL DEFAULT 'ght',
     state text NOT NULL CHECK (state IN ('running', 'done')) DEFAULT 'running',
     -- part, owner of the rows, last row: where to go on after a crash
     part integer NOT NULL DEFAULT 0,
     part_owner text,
     after_row text,
     -- events by type
     published jsonb NOT NULL DEFAULT '{}',
     requested_by text NOT NULL,
     requested_at timestamptz NOT NULL DEFAULT now(),
     finished_at timestamptz
   )`,
  ownerPolicy('republication'),
];
