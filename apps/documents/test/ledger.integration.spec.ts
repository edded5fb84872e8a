import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assertRowLevelSecurity, type TestDatabase } from '@pfi/platform-postgres/testing';
import type { Ledger } from '../src/ledger/ledger-check.js';
import { SeriesOfDocuments } from './series.js';
import { documentsDatabase, freshPerson, mdm, openDocuments, qualified, type Documents } from './test-documents.js';
import { NORD, testGroup } from './test-group.js';

const ght = testGroup((file) => `${file}delays: { ledger: { transit: PT1S } }\n`);

let server: TestDatabase;
let documents: Documents;

beforeAll(async () => {
  server = await documentsDatabase();
}, 60_000);
afterAll(() => server.drop());
// Each test damages rows: it gets tables of its own.
beforeEach(async () => {
  await server.admin(
    `TRUNCATE documents.document, documents.delivery, documents.message, documents.message_effect, documents.lineage,
       documents.lineage_alias, documents.awaited_patient, documents.timeline, documents.ledger_change, documents.ledger_day,
       documents.ledger_fault, documents.ledger_check, documents.outbox CASCADE`,
  );
  documents ??= await openDocuments(server, ght);
});

const read = (as: readonly string[] = documents.scopes): Promise<Ledger> =>
  documents.database.transaction(as, (tx) => documents.parts.ledger.read(tx, null, null));

/** The imbalance of the one legal entity that receives anything here, after a check. */
const imbalance = async (): Promise<number | undefined> => (await documents.parts.ledger.run()).get(NORD.owner);

const send = async (...frames: readonly Buffer[]): Promise<void> => {
  for (const { code } of await documents.send(...frames)) if (code !== 'AA') throw new Error(`answered ${code}`);
};

describe('the ledger', () => {
  it('accounts for every accepted message: documents, repeats, withdrawals; refused ones were not received', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const series = new SeriesOfDocuments(documents, person);
    const first = series.frame(1);
    await send(first, first, mdm(freshPerson()));
    await send(first);
    // the same document under another control id
    const copy = series.frame(1);
    await send(copy);
    await series.withdraw(1);
    await documents.send(mdm(person, { cda: Buffer.from('<nothing/>') }));
    const { days, faults } = await read();
    expect(days).toMatchObject([
      { owner: NORD.owner, received: 4, repeats: 1, withdrawals: 1, cancelled: 1, inProgress: 1, imbalance: 0 },
    ]);
    expect(faults).toEqual([]);
    expect(await imbalance()).toBe(0);
    // summed up, it says the same
    expect((await read()).days).toEqual(days);
    expect(await server.admin('SELECT FROM documents.ledger_change')).toEqual([]);
  });

  it('follows documents from state to state', async () => {
    const person = freshPerson();
    await send(mdm(person));
    await imbalance();
    await documents.patientsChanged(qualified(person, 1));
    const [view] = await documents.documents({});
    const [delivery] = view?.deliveries.filter(({ channel }) => channel === 'dmp') ?? [];
    const said = { attempts: 1, outcomeCode: null, outcomeText: null, at: new Date().toISOString() };
    await documents.outcome({
      ...{ deliveryId: delivery?.id ?? '', documentId: view?.id ?? '', kind: 'delivered' },
      ...said,
    });
    expect((await read()).days).toMatchObject([{ received: 1, delivered: 1, inProgress: 0, imbalance: 0 }]);
    expect(await imbalance()).toBe(0);
  });

  it.each([
    ['a document that was deleted', 'DELETE FROM documents.delivery; DELETE FROM documents.document', 1],
    ['a message that was deleted', 'DELETE FROM documents.message', -1],
    ['a state that nobody knows', `UPDATE documents.document SET state = 'somewhere'`, 1],
  ])('shows %s by hand', async (_what, damage, missing) => {
    await send(mdm(freshPerson()));
    expect(await imbalance()).toBe(0);
    await server.admin('TRUNCATE documents.timeline, documents.awaited_patient');
    for (const statement of damage.split(';')) await server.admin(statement);
    expect((await read()).days).toMatchObject([{ received: missing > 0 ? 1 : 0, imbalance: missing }]);
    expect(await imbalance()).toBeGreaterThan(0);
  });

  it.each([
    [
      'another state than that of its deliveries',
      `UPDATE documents.document SET state = 'delivered'`,
      'STATE_CONTRADICTED',
    ],
    ['a delivery that moved alone', `UPDATE documents.delivery SET state = 'delivered'`, 'STATE_CONTRADICTED'],
    ['no delivery left', 'DELETE FROM documents.delivery', 'DELIVERIES_MISSING'],
  ])('shows a document with %s, until it is mended', async (_what, damage, code) => {
    await send(mdm(freshPerson()));
    const before = await server.admin<{ state: string }>('SELECT * FROM documents.delivery');
    await server.admin(damage);
    expect(await imbalance()).toBe(1);
    const [{ id } = { id: '' }] = await documents.documents({});
    expect((await read()).faults).toMatchObject([{ kind: 'document', id, code, owner: NORD.owner }]);
    if (before.length === 0) throw new Error('no delivery was there');
    await server.admin(`UPDATE documents.document SET state = 'held'`);
    await server.admin(`UPDATE documents.delivery SET state = 'held'`);
    expect(await imbalance()).toBe(code === 'DELIVERIES_MISSING' ? 1 : 0);
  });

  it('shows a request that its gateway does not know, until it is known or ends', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    await send(mdm(person));
    const page = (channels = ['dmp']) => documents.parts.inFlight.page(documents.scopes, channels, null);
    expect((await page()).items).toEqual([]);
    await server.admin(`UPDATE documents.delivery SET at = at - interval '1 hour'`);
    // what has not left this service is not lost
    expect((await page()).items).toEqual([]);
    await server.admin(`UPDATE documents.outbox SET published_at = now()`);
    const { items } = await page();
    expect(items).toMatchObject([{ request: 1, owner: NORD.owner }]);
    expect((await page(['mss-pro', 'mss-patient'])).items).toEqual([]);

    const deliveryId = items[0]?.deliveryId ?? '';
    const report = (...codes: readonly 'REQUEST_UNKNOWN'[]) =>
      documents.parts.inFlight.report(documents.scopes, {
        examined: [deliveryId],
        lost: codes.map((code) => ({ deliveryId, code })),
      });
    await report('REQUEST_UNKNOWN');
    expect(await imbalance()).toBe(1);
    expect((await read()).faults).toMatchObject([{ kind: 'delivery', id: deliveryId, code: 'REQUEST_UNKNOWN' }]);
    await report();
    expect(await imbalance()).toBe(0);
    await report('REQUEST_UNKNOWN');
    await server.admin(`UPDATE documents.delivery SET state = 'delivered'`);
    await server.admin(`UPDATE documents.document SET state = 'delivered'`);
    expect(await imbalance()).toBe(0);
  });

  it('is seen by its legal entity alone', async () => {
    await send(mdm(freshPerson()));
    await server.admin(`UPDATE documents.document SET state = 'delivered'`);
    await imbalance();
    const other = await read([...ght.expandScopes(['ej:990000200'])]);
    expect(other).toMatchObject({ days: [], faults: [], imbalance: 0 });
    expect(await read([...ght.expandScopes(['ej:990000101'])])).toMatchObject({ imbalance: 1 });
    await assertRowLevelSecurity(server.adminUrl, 'documents');
  });

  it('balances over many documents and days', async () => {
    await send(mdm(freshPerson()));
    await fill(server, 20_000);
    expect(await imbalance()).toBe(0);
    expect((await read()).days.reduce((sum, { received }) => sum + received, 0)).toBe(20_001);
  }, 60_000);
});

/** Copies of the one document that is there, over a hundred days. */
async function fill(to: TestDatabase, count: number): Promise<void> {
  const columns = async (table: string) =>
    (
      await to.admin<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns
         WHERE table_schema = 'documents' AND table_name = $1 AND is_generated = 'NEVER'`,
        [table],
      )
    ).map(({ name }) => name);
  const copy = async (table: string, changes: Readonly<Record<string, string>>, per = '') => {
    const names = await columns(table);
    const values = names.map((name) => changes[name] ?? `t.${name}`);
    await to.admin(
      `INSERT INTO documents.${table} (${names.join(', ')}) SELECT ${values.join(', ')}
       FROM (SELECT * FROM documents.${table} LIMIT 1) t, generate_series(1, ${count}) AS n ${per}`,
    );
  };
  const day = `now() - n % 100 * interval '1 day'`;
  const id = (kind: number) => `('0000000${kind}-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
  await copy('message', { id: id(1), control_id: `'c' || n`, received_at: day, raw: `'x'`, size: '1' });
  await copy('lineage', { id: id(2) });
  await copy('document', {
    ...{ id: id(3), lineage_id: id(2), message_id: id(1), control_id: `'c' || n`, received_at: day },
    ...{ document_oid: `'2.999.' || n`, set_oid: 'NULL', facts: `'{}'`, declared: `'{}'` },
  });
  await copy('delivery', { id: id(4), document_id: id(3) });
  await to.admin('ANALYZE documents.document');
  await to.admin('ANALYZE documents.delivery');
}
