import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MllpRejection } from '@pfi/platform-mllp';
import { sqlMigration, type Database } from '@pfi/platform-postgres';
import { assertRowLevelSecurity, createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { carriedContents, GROUP_OWNER, journalTable } from '../src/journal-table.js';
import { journalKey, MessageJournal, sha256Of, type JournalEntry } from '../src/message-journal.js';
import { keepProtocolFault } from '../src/protocol-faults.js';
import { listRejects, rejectBytes } from '../src/rejects.js';
import { recogniseRequest, type RequestKey } from '../src/request-recognition.js';

const CreateJournal1790000000000 = sqlMigration('CreateJournal1790000000000', () => [
  ...journalTable(),
  ...carriedContents(),
]);

let server: TestDatabase;
let database: Database;
const journal = new MessageJournal();
const OWNER = 'ej:990000101';

beforeAll(async () => {
  server = await createTestDatabase([{ schema: 'intake', migrations: [CreateJournal1790000000000] }]);
  database = await server.open('intake', { poolSize: 6 });
}, 60_000);
afterAll(() => server.drop());

const entry = (change: Partial<JournalEntry> = {}): JournalEntry => {
  const raw = change.raw ?? Buffer.from(randomUUID());
  return {
    id: randomUUID(),
    owner: OWNER,
    source: 'dpi',
    controlId: randomUUID(),
    sha256: sha256Of(raw),
    transport: 'mllp',
    messageType: 'MDM^T02',
    receivedAt: new Date(),
    raw,
    outcome: 'accepted',
    answer: Buffer.from(`AA ${randomUUID()}`),
    ...change,
  };
};
const copyOf = (original: JournalEntry): JournalEntry => ({
  ...original,
  id: randomUUID(),
  answer: Buffer.from('AA other'),
});
const record = (...entries: JournalEntry[]) => database.transaction([OWNER], (tx) => journal.record(tx, entries));

describe('the journal of messages', () => {
  it('gives the first answer to a message that comes again, among new ones', async () => {
    const [known, fresh] = [entry(), entry()];
    expect((await record(known)).size).toBe(0);
    const again = await record(copyOf(known), fresh);
    expect([...again]).toEqual([[journalKey(known), known.answer]]);
  });

  it('lets one of two racing copies win, and gives its answer to the other', async () => {
    const one = entry();
    const two = copyOf(one);
    const [first, second] = await Promise.all([record(one), record(two)]);
    const winner = first.size === 0 ? one : two;
    expect([first.size, second.size].sort()).toEqual([0, 1]);
    expect([...first.values(), ...second.values()]).toEqual([winner.answer]);
  });

  it('forgets a message whose transaction failed', async () => {
    const lost = entry();
    await expect(
      database.transaction([OWNER], async (tx) => {
        await journal.record(tx, [lost]);
        throw new Error('effects failed');
      }),
    ).rejects.toThrow('effects failed');
    expect((await record(lost)).size).toBe(0);
  });

  it('takes the same control id with other bytes for another message', async () => {
    const one = entry();
    await record(one);
    const raw = Buffer.from('other');
    expect((await record({ ...entry({ raw }), controlId: one.controlId })).size).toBe(0);
  });

  it('is under row-level security', () => assertRowLevelSecurity(server.adminUrl, 'intake'));
});

describe('rejects', () => {
  it('are listed newest first with their bytes kept, and only in scope', async () => {
    const source = randomUUID();
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    const rejects = [1, 2, 3].map((second) =>
      entry({ source, outcome: 'rejected', code: 'HL7_MALFORMED', detail: 'illisible', receivedAt: at(second) }),
    );
    await record(...rejects, entry({ source }));
    const [oldest, middle, newest] = rejects;
    const page = await database.transaction([OWNER], (tx) => listRejects(tx, { source, limit: 2 }));
    expect(page.map(({ id }) => id)).toEqual([newest?.id, middle?.id]);
    const after = { at: page[1]?.receivedAt ?? '', id: page[1]?.id ?? '' };
    const rest = await database.transaction([OWNER], (tx) => listRejects(tx, { source, limit: 2, after }));
    expect(rest).toMatchObject([{ id: oldest?.id, code: 'HL7_MALFORMED', text: 'illisible' }]);
    const bytes = (scope: string) => database.transaction([scope], (tx) => rejectBytes(tx, oldest?.id ?? ''));
    expect(await bytes(OWNER)).toEqual(oldest?.raw);
    expect(await bytes('ej:990000200')).toBeUndefined();
  });

  describe('of connections that broke the protocol', () => {
    const keep = (remoteAddress: string, change: Partial<MllpRejection> = {}) => {
      const bytes = change.bytes ?? Buffer.alloc(0);
      const fault = { code: 'MLLP_PROTOCOL', textFr: 'protocole', connectionId: 'c', size: bytes.length } as const;
      return keepProtocolFault(database, journal)({ at: new Date(), ...fault, remoteAddress, bytes, ...change });
    };
    const kept = (remoteAddress: string) =>
      database.transaction([GROUP_OWNER], (tx) => listRejects(tx, { source: `?${remoteAddress}`, limit: 5 }));

    it('hold the bytes', async () => {
      const peer = randomUUID();
      const bytes = Buffer.from('GET / HTTP/1.1');
      await keep(peer, { bytes });
      expect(await kept(peer)).toMatchObject([{ code: 'MLLP_PROTOCOL', size: bytes.length }]);
    });

    it('are kept for each reason, also when nothing was said', async () => {
      const peer = randomUUID();
      await keep(peer, { code: 'MLLP_TLS_REFUSED' });
      await keep(peer);
      expect((await kept(peer)).map(({ code }) => code).sort()).toEqual(['MLLP_PROTOCOL', 'MLLP_TLS_REFUSED']);
    });

    it('are kept once a day for the same bytes', async () => {
      const peer = randomUUID();
      for (const time of ['2026-03-02T08:00:00Z', '2026-03-02T23:59:00Z', '2026-03-03T00:01:00Z'])
        await keep(peer, { at: new Date(time) });
      expect((await kept(peer)).map(({ receivedAt }) => receivedAt.slice(0, 10))).toEqual(['2026-03-03', '2026-03-02']);
    });
  });
});

describe('a REST request', () => {
  const request = (change: Partial<RequestKey> = {}): RequestKey => ({
    source: 'portail',
    key: randomUUID(),
    sha256: sha256Of(Buffer.from(randomUUID())),
    receivedAt: new Date(),
    ...change,
  });
  const recognise = (key: RequestKey) => database.transaction([OWNER], (tx) => recogniseRequest(tx, key));
  const stored = (key: RequestKey, change: Partial<JournalEntry> = {}) =>
    entry({
      source: key.source,
      controlId: key.key ?? randomUUID(),
      sha256: key.sha256,
      receivedAt: key.receivedAt,
      transport: 'rest',
      ...change,
    });

  it('is new once, then repeated with its answer', async () => {
    const key = request();
    expect(await recognise(key)).toEqual({ kind: 'new' });
    const first = stored(key);
    await record(first);
    expect(await recognise(key)).toEqual({ kind: 'repeated', answer: first.answer });
  });

  it('is refused when its key was accepted with another content, but not when it was refused', async () => {
    const key = request();
    await record(stored(key, { outcome: 'rejected', sha256: sha256Of(Buffer.from('bad')) }));
    expect(await recognise(key)).toEqual({ kind: 'new' });
    await record(stored(key));
    expect(await recognise({ ...key, sha256: sha256Of(Buffer.from('other')) })).toEqual({ kind: 'reused' });
    expect(await recognise({ ...key, source: 'autre' })).toEqual({ kind: 'new' });
  });

  it('that was refused is judged again, under the same entry', async () => {
    const key = request();
    const refused = stored(key, { outcome: 'rejected' });
    await record(refused);
    expect(await recognise(key)).toEqual({ kind: 'new', rejected: refused.id });
  });

  it('without key is known by its content for a day', async () => {
    const key = request({ key: undefined });
    const first = stored(key);
    await record(first);
    const hours = (count: number) => new Date(key.receivedAt.getTime() + count * 3_600_000);
    expect(await recognise({ ...key, receivedAt: hours(23) })).toEqual({ kind: 'repeated', answer: first.answer });
    expect(await recognise({ ...key, receivedAt: hours(25) })).toEqual({ kind: 'new' });
  });
});
