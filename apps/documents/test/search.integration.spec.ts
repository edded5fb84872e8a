import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { countActivity } from '../src/persistence/activity.js';
import { searchDocuments } from '../src/persistence/document-search.js';
import {
  controlId,
  documentsDatabase,
  freshPerson,
  mdm,
  openDocuments,
  qualified,
  type Documents,
} from './test-documents.js';
import { testGroup } from './test-group.js';

const ght = testGroup();
let server: TestDatabase;
let documents: Documents;

interface Stored {
  readonly id: string;
  readonly owner: string;
  readonly establishment: string;
  readonly source: string;
  readonly state: string;
  readonly received_at: Date;
}
let stored: Stored[];

/** Two establishments and two sources of one legal entity, several states, some of other days. */
beforeAll(async () => {
  server = await documentsDatabase();
  documents = await openDocuments(server, ght);
  for (const [application, unit] of [
    ['DPI', '1010'],
    ['DPI', '1020'],
    ['DPI-REFUSE', '1010'],
    ['DPI-REFUSE', '1020'],
  ] as const) {
    for (let count = 0; count < 4; count += 1) {
      const person = freshPerson();
      const id = controlId();
      const visit = { number: `SEJ-${id}`, authority: { name: 'NORD', oid: '2.999.1' }, patientClass: 'I', unit };
      await documents.send(mdm(person, { header: { controlId: id, application }, visit }));
      if (count % 2 === 0) await documents.patientsChanged(qualified(person, 1));
    }
  }
  await server.admin(`UPDATE documents.document SET received_at = received_at - interval '2 days' WHERE id::text < (
    SELECT id::text FROM documents.document ORDER BY id LIMIT 1 OFFSET 5)`);
  const [moved] = await server.admin<{ id: string }>(`SELECT id FROM documents.document ORDER BY id DESC LIMIT 1`);
  for (const table of ['document WHERE id', 'delivery WHERE document_id']) {
    const [name, column] = table.split(' WHERE ');
    await server.admin(
      `UPDATE documents.${name} SET owner = 'ej:990000200', establishment = '990000218' WHERE ${column} = $1`,
      [moved?.id],
    );
  }
  stored = await server.admin<Stored>(`SELECT * FROM documents.document`);
}, 60_000);
afterAll(() => server.drop());

const newest = (a: Stored, b: Stored): number =>
  b.received_at.getTime() - a.received_at.getTime() || (a.id < b.id ? 1 : -1);
const sees = (scopes: readonly string[]) => (one: Stored) =>
  scopes.includes(one.owner) || scopes.includes(`eg:${one.establishment}`);

const readers: readonly [string, string[]][] = [
  ['the whole group', [...ght.expandScopes(['ght'])]],
  ['a legal entity', [...ght.expandScopes(['ej:990000101'])]],
  ['one establishment', ['eg:990000127']],
  ['an establishment of another', ['eg:990000218']],
  ['nobody', ['eg:990000999']],
];

describe.each(readers)('what %s sees', (_who, scopes) => {
  const filters = (): Record<string, string>[] => {
    const day = new Date(Date.now() - 24 * 3_600_000).toISOString();
    const states = [...new Set(stored.map(({ state }) => state)), 'withdrawn'];
    return [
      {},
      { source: 'dpi' },
      { source: 'inconnue' },
      { from: day },
      { to: day },
      ...states.flatMap((state): Record<string, string>[] => [
        { state },
        { state, source: 'dpi-refuse' },
        { state, to: day },
      ]),
    ];
  };
  const fits =
    ({ source, state, from, to }: Record<string, string>) =>
    (one: Stored): boolean =>
      (source === undefined || one.source === source) &&
      (state === undefined || one.state === state) &&
      (from === undefined || one.received_at >= new Date(from)) &&
      (to === undefined || one.received_at < new Date(to));

  it('is all that is theirs, newest first, each once, by every filter and page by page', async () => {
    for (const filter of filters()) {
      const expected = stored
        .filter(sees(scopes))
        .filter(fits(filter))
        .sort(newest)
        .map(({ id }) => id);
      const found: string[] = [];
      let after: { at: string; id: string } | undefined;
      do {
        const page = { limit: 3, ...(after ? { after } : {}) };
        const rows = await documents.database.transaction(scopes, (tx) => searchDocuments(tx, filter, page));
        found.push(...rows.map(({ id }) => id));
        const last = rows.at(-1);
        after = rows.length === 3 && last ? { at: last.receivedAt.toISOString(), id: last.id } : undefined;
      } while (after);
      expect({ filter, found }).toEqual({ filter, found: expected });
    }
  });

  it('is counted at a glance: what is at work of any age, and what came today', async () => {
    const activity = await documents.database.transaction(scopes, countActivity);
    const theirs = stored.filter(sees(scopes));
    const atWork = theirs.filter(({ state }) => ['held', 'parked', 'in-delivery'].includes(state));
    const counted = activity.states.filter(({ state }) => ['held', 'parked', 'in-delivery'].includes(state));
    expect(counted.reduce((sum, { count }) => sum + count, 0)).toBe(atWork.length);
    const deliveries = await server.admin<{ state: string; channel: string; count: number }>(
      `SELECT state, channel, count(*)::int AS count FROM documents.delivery
       WHERE document_id = ANY($1::uuid[]) AND state IN ('held', 'parked', 'pending') GROUP BY 1, 2 ORDER BY 2, 1`,
      [theirs.map(({ id }) => id)],
    );
    const open = activity.channels.filter(({ state }) => ['held', 'parked', 'pending'].includes(state));
    expect(open).toEqual(deliveries.map(({ channel, state, count }) => ({ channel, state, count })));
    const waiting = deliveries.filter(({ state }) => state !== 'pending').reduce((sum, { count }) => sum + count, 0);
    expect(activity.waiting.reduce((sum, { count }) => sum + count, 0)).toBe(waiting);
    for (const { oldest, text } of activity.waiting) {
      expect(text).not.toBe('');
      expect(theirs.map((one) => one.received_at.toISOString())).toContain(oldest);
    }
  });
});
