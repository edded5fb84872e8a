import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PfiError } from '@pfi/health';
import { assertRowLevelSecurity } from '@pfi/platform-postgres/testing';
import { openSite, TestGroup, type Site } from './gateway-under-test.js';
import { deliveryNotice } from './notices.js';

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
    `SELECT key, ordering_key AS ordering FROM mss.job WHERE owner = $1 ORDER BY key`,
    [group.owner],
  );

describe('requests', () => {
  it('become a message with fixed ids and a job, once however often they come', async () => {
    const delivery = await group.request();
    const first = await group.message(delivery);
    await group.request(delivery);
    expect(await group.message(delivery)).toEqual(first);
    expect(first).toMatchObject({ state: 'ready', request: 1, attempts: 0, inDoubt: false, messageId: null });
    expect(await jobs()).toEqual([{ key: `${delivery.deliveryId}:1`, ordering: delivery.deliveryId }]);
  });

  it('that come again after the mail left send nothing', async () => {
    const operator = await group.operator();
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.request(delivery);
    await group.idle();
    expect(operator.mails).toHaveLength(1);
    expect(await group.events(delivery)).toHaveLength(1);
  });

  it('asked for again keep their ids and are a job of their own', async () => {
    const delivery = await group.request();
    const { submissionSetId, submissionUuid, entryUuid } = await group.message(delivery);
    await group.request(delivery, 2);
    await group.request(delivery, 1);
    expect(await group.message(delivery)).toMatchObject({ request: 2, submissionSetId, submissionUuid, entryUuid });
    expect((await jobs()).map(({ key }) => key)).toEqual([`${delivery.deliveryId}:1`, `${delivery.deliveryId}:2`]);
  });

  it('asked for again although the mail is there are told what became of it', async () => {
    const operator = await group.operator();
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.receives(deliveryNotice(delivery.deliveryId));
    await group.outcome(delivery, 2);
    await group.request(delivery, 2);
    expect((await group.outcome(delivery, 3)).type).toBe('mss.message-delivered.v1');
    expect(operator.mails).toHaveLength(1);
  });

  it('asked for again after the mail came back send it again', async () => {
    const operator = await group.operator();
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.receives(deliveryNotice(delivery.deliveryId, { action: 'failed', status: '5.2.2' }));
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'mss.message-bounced.v1', outcomeCode: '550' });
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 3)).toMatchObject({ type: 'mss.message-sent.v1', outcomeCode: null });
    expect(operator.of(delivery)).toHaveLength(2);
  });

  it('of the DMP are not ours', async () => {
    await group.request(group.delivery(), 1, 'dmp');
    expect(await jobs()).toEqual([]);
  });

  it('that are cancelled stop while nothing has left, not after', async () => {
    const waiting = await group.request();
    const sent = await group.request();
    await site.test.admin(`UPDATE mss.message SET state = 'sent' WHERE delivery_id = $1`, [sent.deliveryId]);
    await group.cancel(waiting);
    await group.cancel(sent);
    expect((await group.message(waiting)).state).toBe('cancelled');
    expect((await group.message(sent)).state).toBe('sent');
    const operator = await group.operator();
    group.gateway();
    await group.idle();
    expect(operator.envelopes).toBe(0);
    expect(await group.events(waiting)).toEqual([]);
  });
});

describe('the go-ahead', () => {
  it.each(['DELIVERY_CANCELLED', 'DELIVERY_HELD', 'DELIVERY_UNKNOWN'])(
    'refused with %s cancels in silence',
    async (code) => {
      const operator = await group.operator();
      const delivery = group.delivery();
      group.stops.set(delivery.deliveryId, [code]);
      group.gateway();
      await group.request(delivery);
      await group.until(delivery, ({ state }) => state === 'cancelled');
      expect(await group.message(delivery)).toMatchObject({ outcomeCode: code, attempts: 0 });
      expect(await group.events(delivery)).toEqual([]);
      expect(operator.envelopes).toBe(0);
      await group.request(delivery, 2);
      expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1' });
    },
  );

  it('refused after an answer was lost keeps in mind that the mail may be there', async () => {
    const operator = await group.operator();
    operator.next.push({ at: 'dot', drop: true, keeps: true });
    const delivery = group.delivery();
    group.gateway();
    await group.request(delivery);
    await group.until(delivery, ({ state }) => state === 'unknown');
    group.stops.set(delivery.deliveryId, ['DELIVERY_CANCELLED']);
    await group.until(delivery, ({ state }) => state === 'cancelled');
    expect((await group.message(delivery)).inDoubt).toBe(true);
    await group.receives(deliveryNotice(delivery.deliveryId));
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-delivered.v1' });
    expect(operator.mails).toHaveLength(1);
  });

  it('of a service that is away is asked again, for as long as it takes', async () => {
    await group.operator();
    let away = 3;
    group.gateway({
      wrap: (parts) => ({
        ...parts,
        documents: {
          ...parts.documents,
          claim: async (...asked) => {
            away -= 1;
            if (away >= 0) throw new PfiError('DOCUMENTS_UNAVAILABLE', 'unavailable', 'absent');
            return parts.documents.claim(...asked);
          },
        },
      }),
    });
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 1 });
  });

  it('for bytes that are not those of their hash asks for a person', async () => {
    const operator = await group.operator();
    const delivery = group.delivery();
    group.alter(delivery.claim.pdf?.sha256 ?? '');
    group.gateway();
    await group.request(delivery);
    expect(await group.outcome(delivery)).toMatchObject({
      ...{ type: 'mss.message-parked.v1', outcomeCode: 'ARTEFACT_ALTERED', attempts: 0 },
    });
    expect(operator.envelopes).toBe(0);
  });

  it('for a legal entity without mailbox asks for a person', async () => {
    await group.operator();
    const delivery = group.delivery();
    group.know({ ...delivery.claim, legalEntity: '990000999' });
    group.gateway();
    await group.request(delivery);
    expect(await group.outcome(delivery)).toMatchObject({ outcomeCode: 'MAILBOX_MISSING', attempts: 0 });
  });

  it('for a mail that fails ten times for an unforeseen reason asks for a person, who is told', async () => {
    await group.operator();
    group.gateway({
      wrap: (parts) => ({ ...parts, directory: { addressOf: () => Promise.reject(new TypeError('unforeseen')) } }),
    });
    const delivery = await group.request(group.delivery({ recipient: { address: null } }));
    expect(await group.outcome(delivery)).toMatchObject({ outcomeCode: 'JOB_FAILED', attempts: 0 });
  });
});

describe('the tables', () => {
  it('all carry full row-level security', () => assertRowLevelSecurity(site.test.adminUrl, 'mss'));

  it('show a message to its owner and its establishment, to nobody else', async () => {
    const { deliveryId } = await group.request();
    const seenBy = (scope: string) =>
      site.service.transaction([scope], (tx) => tx.query(`SELECT FROM message WHERE delivery_id = $1`, [deliveryId]));
    expect(await seenBy(group.owner)).toHaveLength(1);
    expect(await seenBy('eg:990000119')).toHaveLength(1);
    expect(await seenBy(`ej:${randomUUID().slice(0, 9)}`)).toHaveLength(0);
  });
});
