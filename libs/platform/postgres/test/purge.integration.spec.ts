import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { purge } from '../src/index.js';
import type { Database } from '../src/index.js';
import { createTestDatabase } from '../src/testing/index.js';
import type { TestDatabase } from '../src/testing/index.js';
import { migrations } from './example-schema.js';

let test: TestDatabase;
let system: Database;

beforeAll(async () => {
  test = await createTestDatabase([{ schema: 'identity', migrations }]);
  system = await test.open('identity', { role: 'system' });
}, 60_000);

afterAll(() => test?.drop());

describe('the purge', () => {
  it('deletes published and applied events past their time, and no event that waits', async () => {
    await test.admin(`INSERT INTO identity.outbox (id, owner, topic, type, aggregate, sequence, payload, created_at, published_at)
      SELECT gen_random_uuid(), 'ej:1', 't', 't.v1', 'a', n, '{}', now() - interval '1 year',
        CASE WHEN n <= 6000 THEN now() - interval '15 days' WHEN n = 6001 THEN now() - interval '13 days' END
      FROM generate_series(1, 6002) n`);
    await test.admin(`INSERT INTO identity.inbox (owner, consumer, event_id, aggregate, sequence, applied_at)
      SELECT 'ej:1', 'c', gen_random_uuid(), 'a', n, now() - make_interval(days => n) FROM generate_series(29, 31) n`);
    expect(await purge(system)).toEqual({ outbox: 6000, inbox: 2 });
    expect(await test.admin('SELECT sequence::int FROM identity.outbox ORDER BY 1')).toEqual([
      { sequence: 6001 },
      { sequence: 6002 },
    ]);
    expect(await purge(system, { outboxDays: 1, inboxDays: 1 })).toEqual({ outbox: 1, inbox: 1 });
    expect(await test.admin('SELECT sequence::int FROM identity.outbox')).toEqual([{ sequence: 6002 }]);
  });
});
