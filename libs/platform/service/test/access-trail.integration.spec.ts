import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rowPosition } from '@pfi/platform-http';
import { sqlMigration, type Database } from '@pfi/platform-postgres';
import { assertRowLevelSecurity, createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { createLogger } from '@pfi/platform-telemetry';
import {
  AccessRetention,
  AccessSeal,
  AccessTrail,
  accessTables,
  recordAccess,
  TenantAudit,
  verifyAccessTrail,
  type Access,
  type ChainFault,
  type Reader,
} from '../src/index.js';

const CreateTables1790000000000 = sqlMigration('CreateTables1790000000000', () => accessTables());
const logger = createLogger('test', { level: 'fatal' });
const DAY = 24 * 3_600_000;

let server: TestDatabase;
let database: Database;
let systemDatabase: Database;
let trail: AccessTrail;

beforeAll(async () => {
  server = await createTestDatabase([{ schema: 'trail', migrations: [CreateTables1790000000000] }]);
  database = await server.open('trail', { poolSize: 6 });
  systemDatabase = await server.open('trail', { role: 'system' });
  trail = new AccessTrail(database);
}, 60_000);
afterAll(() => server.drop());

const reader = (...scopes: string[]): Reader => ({
  subject: `agent-${randomUUID()}`,
  issuer: 'https://idp.example',
  machine: false,
  scopes,
  purpose: 'TREAT',
});
const freshOwner = (): string => `ej:${randomUUID()}`;
const record = (who: Reader, access: Access): Promise<void> =>
  database.transaction(who.scopes, (tx) => recordAccess(tx, who, access));
const read = (owner: string, patientId: string, who = reader(owner)): Promise<void> =>
  record(who, { action: 'patient-read', accessed: [{ owner, patientId }] });
const seen = (scopes: readonly string[], filter: Parameters<AccessTrail['list']>[1] = {}) =>
  trail.list(scopes, filter, { limit: 100 });
const seal = (): Promise<void> => new AccessSeal({ systemDatabase, logger }).run();
const faultsOf = async (owner: string): Promise<ChainFault[]> => {
  const verified = await verifyAccessTrail(systemDatabase, []);
  return verified.find((one) => one.owner === owner)?.faults.map(({ fault }) => fault) ?? [];
};
/** As if it had been written so long ago, sealed. */
const aged = async (owner: string, days: number): Promise<void> => {
  await server.admin(
    `UPDATE trail.access_record SET at = now() - $2 * interval '1 day' WHERE owner = $1 AND segment IS NULL`,
    [owner, days],
  );
  await seal();
};

describe('the access trail', () => {
  it('says who read what, of which owner, and why', async () => {
    const [owner, other, patientId, documentId] = [freshOwner(), freshOwner(), randomUUID(), randomUUID()];
    const who = reader(owner, other);
    const accessed = [
      { owner, patientId, documentId },
      { owner, patientId, documentId: null },
      { owner: other, documentId },
    ];
    await record(who, { action: 'document-search', accessed, details: ['stay'] });
    const { subject, issuer } = who;
    const common = { subject, issuer, machine: false, action: 'document-search', outcome: 'SUCCESS', purpose: 'TREAT' };
    expect(await seen([owner])).toMatchObject([
      { ...common, owner, patients: [patientId], documents: [documentId], details: ['stay'], sealed: false },
    ]);
    expect(await seen([other])).toMatchObject([{ ...common, owner: other, patients: [], documents: [documentId] }]);
  });

  it('keeps a search that found nothing, for whoever looks after its author', async () => {
    const owner = freshOwner();
    await record(reader(owner), { action: 'patient-search', accessed: [], details: ['ins'] });
    expect(await seen([owner])).toMatchObject([{ action: 'patient-search', patients: [], details: ['ins'] }]);
    const everywhere = reader('ej:1', 'ght');
    await record(everywhere, { action: 'patient-search', accessed: [] });
    expect(await seen(['ght'], { subject: everywhere.subject })).toHaveLength(1);
  });

  it('is shown by patient, document, person and time, sealed or not, page by page', async () => {
    const [owner, patientId, documentId] = [freshOwner(), randomUUID(), randomUUID()];
    const who = reader(owner);
    await read(owner, patientId, who);
    await read(owner, randomUUID());
    await seal();
    await record(who, { action: 'document-read', accessed: [{ owner, patientId, documentId }] });
    const actions = async (filter: Parameters<AccessTrail['list']>[1]) =>
      (await seen([owner], filter)).map(({ action, sealed }) => `${action} ${sealed ? 'sealed' : 'fresh'}`);
    expect(await actions({ patient: patientId })).toEqual(['document-read fresh', 'patient-read sealed']);
    expect(await actions({ document: documentId })).toEqual(['document-read fresh']);
    expect(await actions({ subject: who.subject })).toHaveLength(2);
    expect(await actions({ from: new Date(Date.now() + DAY).toISOString() })).toEqual([]);
    expect(await actions({ to: new Date(Date.now() + DAY).toISOString() })).toHaveLength(3);
    const [first] = await trail.list([owner], {}, { limit: 1 });
    const after = rowPosition(Buffer.from(JSON.stringify([first?.at, first?.id])).toString('base64url'));
    expect(await trail.list([owner], {}, { after, limit: 10 })).toHaveLength(2);
  });

  it('is not shown outside its owner, though a reader of one establishment may write it', async () => {
    const [owner, patientId] = [freshOwner(), randomUUID()];
    await read(owner, patientId, reader('eg:990000119'));
    expect(await seen(['eg:990000119'], { patient: patientId })).toEqual([]);
    expect(await seen([owner], { patient: patientId })).toHaveLength(1);
  });

  it('undoes the reading that it cannot trace', async () => {
    const who = reader(freshOwner());
    const reading = database.transaction(who.scopes, async (tx) => {
      const found = await tx.query<{ trait: string }>(`SELECT 'ESSAI' AS trait`);
      await recordAccess(tx, who, { action: null as unknown as string, accessed: [] });
      return found;
    });
    await expect(reading).rejects.toThrow();
  });

  it('tells the owner who asked for what is theirs', async () => {
    const [owner, id] = [freshOwner(), randomUUID()];
    const audit = new TenantAudit(database, () => [owner], logger);
    const who = reader('ej:elsewhere');
    await audit.missed(who, { action: 'patient-read', kind: 'patient', id }, async () => owner);
    await audit.missed(who, { action: 'patient-read', kind: 'patient', id: randomUUID() }, async () => undefined);
    expect(await seen([owner])).toMatchObject([{ outcome: 'CROSS_TENANT', subject: who.subject, patients: [id] }]);
  });
});

describe('whoever holds the service', () => {
  const owner = freshOwner();
  beforeAll(() => read(owner, randomUUID()));
  const tried = (as: Database, sql: string): Promise<number> => as.transaction([owner], (tx) => tx.execute(sql));

  it.each([
    `UPDATE access_record SET subject = 'nobody'`,
    `UPDATE access_record SET segment = 1`,
    `DELETE FROM access_record`,
    `TRUNCATE access_record`,
    `INSERT INTO access_record (id, owner, at, subject, issuer, machine, action, patients, documents, outcome, details)
       VALUES (gen_random_uuid(), 'ej:x', now() - interval '1 day', 's', 'i', false, 'a', '{}', '{}', 'SUCCESS', '{}')`,
    `INSERT INTO access_segment (owner, number, records, first_at, last_at, content, previous, digest)
       VALUES ('ej:x', 1, 0, now(), now(), '', '', '')`,
    `UPDATE access_segment SET digest = ''`,
    `DELETE FROM access_segment`,
    `DELETE FROM access_subject`,
  ])('may not: %s', async (sql) => {
    await expect(tried(database, sql)).rejects.toThrow('permission denied');
    expect(await seen([owner])).toHaveLength(1);
  });

  it('nor may the role that seals change what is written, or remove what is young', async () => {
    await seal();
    expect(await tried(systemDatabase, `UPDATE access_record SET segment = 99`)).toBe(0);
    expect(await tried(systemDatabase, `DELETE FROM access_record`)).toBe(0);
    for (const sql of [
      `UPDATE access_record SET subject = 'nobody'`,
      `UPDATE access_segment SET digest = ''`,
      `DELETE FROM access_segment`,
    ])
      await expect(tried(systemDatabase, sql)).rejects.toThrow('permission denied');
    expect(await seen([owner])).toMatchObject([{ sealed: true }]);
  });

  it('has every table under row-level security', () => assertRowLevelSecurity(server.adminUrl, 'trail'));
});

describe('the chain of an owner', () => {
  const chained = async (segments: number): Promise<string> => {
    const owner = freshOwner();
    for (let number = 1; number <= segments; number += 1) {
      for (let each = 0; each < 3; each += 1) await read(owner, randomUUID());
      await seal();
    }
    expect(await faultsOf(owner)).toEqual([]);
    return owner;
  };

  it('verifies what was written, and says what waits', async () => {
    const owner = await chained(3);
    await read(owner, randomUUID());
    const [verified] = await trail.verify([owner], new Date(0).toISOString());
    expect(verified).toMatchObject({ owner, segments: 3, records: 9, unsealed: 1, faults: [] });
    expect(verified?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await trail.verify([owner], new Date(Date.now() + DAY).toISOString())).toMatchObject([
      { segments: 0, unsealed: 1, digest: null, faults: [] },
    ]);
  });

  it.each<[string, string, ChainFault[]]>([
    ['a record changed', `UPDATE trail.access_record SET subject = 'nobody' WHERE id = $1`, ['RECORDS_ALTERED']],
    [
      'a record moved in time',
      `UPDATE trail.access_record SET at = at - interval '1 microsecond' WHERE id = $1`,
      ['RECORDS_ALTERED'],
    ],
    ['a record deleted', `DELETE FROM trail.access_record WHERE id = $1`, ['RECORDS_ALTERED']],
    [
      'a record taken out of its segment',
      `UPDATE trail.access_record SET segment = 3 WHERE id = $1`,
      ['RECORDS_ALTERED', 'RECORDS_ALTERED'],
    ],
  ])('shows %s', async (_what, sql, expected) => {
    const owner = await chained(3);
    const [victim] = await server.admin<{ id: string }>(
      `SELECT id FROM trail.access_record WHERE owner = $1 AND segment = 2 LIMIT 1`,
      [owner],
    );
    await server.admin(sql, [victim?.id]);
    expect(await faultsOf(owner)).toEqual(expected);
  });

  it.each<[string, string, ChainFault[]]>([
    [
      'a segment deleted with its records',
      `DELETE FROM trail.access_segment WHERE owner = $1 AND number = 2`,
      ['CHAIN_BROKEN'],
    ],
    [
      'a segment rewritten',
      `UPDATE trail.access_segment SET records = 1 WHERE owner = $1 AND number = 2`,
      ['SEGMENT_ALTERED'],
    ],
    [
      'a segment said to be at its end too early',
      `UPDATE trail.access_segment SET removed_at = now() WHERE owner = $1 AND number = 2`,
      ['REMOVED_EARLY'],
    ],
  ])('shows %s', async (_what, sql, expected) => {
    const owner = await chained(3);
    await server.admin(`DELETE FROM trail.access_record WHERE owner = $1 AND segment = 2`, [owner]);
    await server.admin(sql, [owner]);
    expect(await faultsOf(owner)).toEqual(expected);
  });

  it('has one end, however many seal at once, and lets nobody wait', async () => {
    const owner = freshOwner();
    await Promise.all(Array.from({ length: 40 }, () => read(owner, randomUUID())));
    await Promise.all([seal(), seal(), seal(), ...Array.from({ length: 40 }, () => read(owner, randomUUID()))]);
    await seal();
    expect(await faultsOf(owner)).toEqual([]);
    expect(await trail.verify([owner], new Date(0).toISOString())).toMatchObject([{ records: 80, unsealed: 0 }]);
  });

  it('takes many wide records in several segments', async () => {
    const owner = freshOwner();
    const accessed = Array.from({ length: 200 }, () => ({ owner, patientId: randomUUID(), documentId: randomUUID() }));
    for (let count = 0; count < 30; count += 1) await record(reader(owner), { action: 'document-search', accessed });
    await seal();
    const [verified] = await trail.verify([owner], new Date(0).toISOString());
    expect(verified).toMatchObject({ segments: 3, records: 30, unsealed: 0, faults: [] });
    expect(await seen([owner], { patient: accessed[7]?.patientId })).toHaveLength(30);
  });

  it('still verifies once old records are gone: whole segments, their links stay', async () => {
    const owner = freshOwner();
    const old = randomUUID();
    await read(owner, old);
    await aged(owner, 400);
    await read(owner, randomUUID());
    await aged(owner, 300);
    await read(owner, randomUUID());
    await seal();
    await new AccessRetention({ systemDatabase, keepMs: 366 * DAY, logger }).run();
    expect(await seen([owner])).toHaveLength(2);
    expect(await seen([owner], { patient: old })).toEqual([]);
    expect(await trail.verify([owner], new Date(0).toISOString())).toMatchObject([
      { segments: 3, records: 2, faults: [] },
    ]);
  });

  it('keeps what is younger than six months, whatever it is told', async () => {
    const owner = freshOwner();
    await read(owner, randomUUID());
    await aged(owner, 100);
    await new AccessRetention({ systemDatabase, keepMs: DAY, logger }).run();
    expect(await seen([owner])).toHaveLength(1);
  });
});
