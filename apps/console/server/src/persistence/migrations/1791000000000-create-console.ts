import { ownerPolicy, sqlMigration } from '@pfi/platform-postgres';

/** Sessions of people. Nothing here opens one: the keys of its row and of its tokens are derived from the cookie alone. */
export const CreateConsole1791000000000 = sqlMigration('CreateConsole1791000000000', () => [
  `CREATE TABLE session (
     key text PRIMARY KEY,
     -- of the group as a whole
     owner text NOT NULL DEFAULT 'ght',
     provider text NOT NULL,
     subject text NOT NULL,
     sealed bytea NOT NULL,
     -- of the access token in it
     token_until timestamptz NOT NULL,
     renew_at timestamptz NOT NULL,
     -- one replica renews at a time
     renewing_until timestamptz,
     opened_at timestamptz NOT NULL DEFAULT now(),
     last_seen_at timestamptz NOT NULL DEFAULT now(),
     expires_at timestamptz NOT NULL
   )`,
  `CREATE INDEX session_expiry ON session (expires_at)`,
  ownerPolicy('session'),
]);
