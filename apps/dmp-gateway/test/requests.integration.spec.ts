import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { assertRowLevelSecurity } from '@pfi/platform-postgres/testing';
import { SubmissionRepository } from '../src/persistence/submission.repository.js';
import { openSite, TestGroup, type Site } from './gateway-under-test.js';

jest.setTimeout(30_000);

let site: Site;
let group: TestGroup;

beforeAll(async () => {
  site = await openSite();
});
beforeEach(async () => {
  group = await TestGroup.open(site);
});
afterEach(() => group.close());
afterAll(() => site?.close());

const jobs = () =>
  site.test.admin<{ key: string; ordering: string }>(
    `SELECT key, ordering_key AS ordering FROM dmp.job WHERE owner = $1 ORDER BY key`,
    [group.owner],
  );

describe('requests', () => {
  it('become a submission with fixed ids and a job, once however often they come', async () => {
    const delivery = await group.request();
    const first = await group.submission(delivery);
    await group.request(delivery);
    expect(await group.submission(delivery)).toEqual(first);
    expect(first).toMatchObject({ state: 'ready', request: 1, attempts: 0, inDoubt: false, sent: null });
    expect(await jobs()).toEqual([{ key: `${delivery.deliveryId}:1`, ordering: delivery.lineageId }]);
  });

  it('asked for again keep their ids and are a job of their own', async () => {
    const delivery = await group.request();
    const { submissionSetId, submissionUuid, entryUuid } = await group.submission(delivery);
    await group.request(delivery, 2);
    await group.request(delivery, 1);
    expect(await group.submission(delivery)).toMatchObject({ request: 2, submissionSetId, submissionUuid, entryUuid });
    expect((await jobs()).map(({ key }) => key)).toEqual([`${delivery.deliveryId}:1`, `${delivery.deliveryId}:2`]);
  });

  it('are lost when they are not known, nobody works at them, or their outcome never came home', async () => {
    const repository = new SubmissionRepository();
    const [working, idle, ended, unsaid] = [
      await group.request(),
      await group.request(),
      await group.request(),
      await group.request(),
    ];
    await site.test.admin(`UPDATE dmp.job SET state = 'done' WHERE key LIKE $1`, [`${idle.deliveryId}:%`]);
    await site.test.admin(
      `UPDATE dmp.submission SET state = 'accepted', updated_at = now() - interval '1 hour' WHERE delivery_id = ANY($1::uuid[])`,
      [[ended.deliveryId, unsaid.deliveryId]],
    );
    await site.test.admin(
      `INSERT INTO dmp.outbox (id, owner, topic, type, aggregate, sequence, payload) VALUES (gen_random_uuid(), $1, 't', 't', $2, 1, '{}')`,
      [group.owner, unsaid.lineageId],
    );
    const unknown = { deliveryId: randomUUID() };
    const asked = (of: { readonly deliveryId: string }, request = 1) => ({
      deliveryId: of.deliveryId,
      request,
      owner: group.owner,
    });
    const lost = await site.service.transaction([group.owner], (tx) =>
      repository.lost(tx, [asked(working), asked(idle), asked(ended), asked(unsaid), asked(unknown)]),
    );
    expect(new Map(lost.map(({ deliveryId, code }) => [deliveryId, code]))).toEqual(
      new Map([
        [idle.deliveryId, 'WORK_MISSING'],
        [ended.deliveryId, 'OUTCOME_MISSING'],
        [unknown.deliveryId, 'REQUEST_UNKNOWN'],
      ]),
    );
    // known under an earlier request only
    expect(await site.service.transaction([group.owner], (tx) => repository.lost(tx, [asked(working, 2)]))).toEqual([
      { deliveryId: working.deliveryId, code: 'REQUEST_UNKNOWN' },
    ]);
  });

  it('of other channels are not ours', async () => {
    await group.request(group.delivery(), 1, 'mss-pro');
    expect(await jobs()).toEqual([]);
  });

  it('that are cancelled stop while nothing has left, not after', async () => {
    const waiting = await group.request();
    const accepted = await group.request();
    await site.test.admin(`UPDATE dmp.submission SET state = 'accepted' WHERE delivery_id = $1`, [accepted.deliveryId]);
    await group.cancel(waiting);
    await group.cancel(accepted);
    expect((await group.submission(waiting)).state).toBe('cancelled');
    expect((await group.submission(accepted)).state).toBe('accepted');
  });
});

describe('the tables', () => {
  it('all carry full row-level security', () => assertRowLevelSecurity(site.test.adminUrl, 'dmp'));

  it('show a submission to its owner and its establishment, to nobody else', async () => {
    const { deliveryId } = await group.request();
    const seenBy = (scope: string) =>
      site.service.transaction([scope], (tx) =>
        tx.query(`SELECT FROM submission WHERE delivery_id = $1`, [deliveryId]),
      );
    expect(await seenBy(group.owner)).toHaveLength(1);
    expect(await seenBy('eg:990000119')).toHaveLength(1);
    expect(await seenBy(`ej:${randomUUID().slice(0, 9)}`)).toHaveLength(0);
  });
});
