// A launcher to be killed: starts PostgreSQL in the folder it is given, commits one row, says so and stays.
import { startStack } from '../dist/index.js';
import pg from 'pg';

try {
  const stack = await startStack({
    stateDir: process.argv[2],
    parts: ['postgres'],
    ports: 'free',
    database: 'pfi_test',
    settings: {},
  });
  const client = new pg.Client({ connectionString: stack.adminUrl });
  await client.connect();
  await client.query('CREATE TABLE launched (id int); INSERT INTO launched VALUES (1)');
  await client.end();
  process.stdout.write('ready\n');
  setInterval(() => undefined, 1 << 30);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
