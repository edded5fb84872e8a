import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openSite, TestGroup, type Delivery, type Site } from './gateway-under-test.js';
import { answerOf, deliveryNotice, humanBounce, noMail, otherMail, readNotice } from './notices.js';

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

const messageIdOf = ({ deliveryId }: Delivery) => `<${deliveryId}@ej-${group.finess}.mssante.fr>`;
const types = async (delivery: Delivery) => (await group.events(delivery)).map(({ type }) => type);
const received = (owner = group.owner) =>
  site.test.admin<{ kind: string; code: string | null; deliveryId: string | null }>(
    `SELECT kind, code, delivery_id AS "deliveryId" FROM mss.received_mail WHERE owner = $1 ORDER BY received_at, id`,
    [owner],
  );

/** A mail that the operator has taken. */
async function sent(of = group): Promise<Delivery> {
  const delivery = await of.request();
  await site.test.admin(
    `UPDATE mss.message SET state = 'sent', attempts = 1, message_id = $2, address = $3,
       created_at = now() - interval '1 hour' WHERE delivery_id = $1`,
    [delivery.deliveryId, `<${delivery.deliveryId}@ej-${of.finess}.mssante.fr>`, delivery.claim.recipient.address],
  );
  return delivery;
}

describe('a notice', () => {
  it('of arrival makes a sent mail delivered, and says so once however often it is read', async () => {
    const delivery = await sent();
    const notice = deliveryNotice(delivery.deliveryId);
    expect(await group.receives(notice)).toEqual(['done']);
    expect(await group.receives(notice)).toEqual(['done']);
    expect(await group.events(delivery)).toMatchObject([
      {
        ...{ type: 'mss.message-delivered.v1', attempts: 1, status: '2.0.0', outcomeCode: null },
        ...{ messageId: messageIdOf(delivery), address: delivery.claim.recipient.address },
      },
    ]);
    expect(await received()).toHaveLength(1);
    expect((await group.message(delivery)).settledAt).not.toBeNull();
  });

  it.each([
    ['a DSN', (id: string, _of: string) => deliveryNotice(id, { action: 'failed', status: '5.1.1' }), '550'],
    ['words', (_id: string, of: string) => humanBounce(of, 'Boîte aux lettres introuvable.'), '5.1.1'],
  ])('of return in %s makes it bounced, with a sentence for a person', async (_form, notice, code) => {
    const delivery = await sent();
    await group.receives(notice(delivery.deliveryId, messageIdOf(delivery)));
    const [outcome] = await group.events(delivery);
    expect(outcome).toMatchObject({ type: 'mss.message-bounced.v1', outcomeCode: code, status: '5.1.1' });
    expect(outcome?.outcomeText).toContain('La boîte aux lettres du destinataire n’existe pas.');
    expect(outcome?.outcomeText).not.toContain('279035121518989');
  });

  it('of return that is read again after the mail was sent anew says nothing of the new one', async () => {
    const delivery = await sent();
    const notice = deliveryNotice(delivery.deliveryId, { action: 'failed', status: '5.2.2' });
    await group.receives(notice);
    await group.request(delivery, 2);
    await site.test.admin(`UPDATE mss.message SET state = 'sent' WHERE delivery_id = $1`, [delivery.deliveryId]);
    await group.receives(notice);
    expect((await group.message(delivery)).state).toBe('sent');
    expect(await types(delivery)).toEqual(['mss.message-bounced.v1']);
  });

  it('of delay changes nothing', async () => {
    const delivery = await sent();
    expect(await group.receives(deliveryNotice(delivery.deliveryId, { action: 'delayed', status: '4.2.2' }))).toEqual([
      'done',
    ]);
    expect(await types(delivery)).toEqual([]);
    expect((await group.message(delivery)).state).toBe('sent');
  });

  it.each([
    ['delivered', 'failed', 'mss.message-delivered.v1', 'delivered'],
    ['failed', 'delivered', 'mss.message-bounced.v1', 'bounced'],
  ])('(%s) holds against a later one (%s), which is kept', async (first, second, type, state) => {
    const delivery = await sent();
    const notice = (action: string) =>
      deliveryNotice(delivery.deliveryId, { action, status: action === 'failed' ? '5.2.2' : '2.0.0' });
    await group.receives(notice(first));
    await group.receives(notice(second));
    expect(await types(delivery)).toEqual([type]);
    expect((await group.message(delivery)).state).toBe(state);
    expect(await received()).toHaveLength(2);
  });

  it('of arrival and of reading in one batch are both told, in their order', async () => {
    const delivery = await sent();
    await group.receives(deliveryNotice(delivery.deliveryId), readNotice(messageIdOf(delivery)));
    expect(await types(delivery)).toEqual(['mss.message-delivered.v1', 'mss.message-read.v1']);
    expect(await group.message(delivery)).toMatchObject({
      ...{ state: 'delivered', inDoubt: false, settledAt: expect.any(Date), readAt: expect.any(Date) },
    });
  });

  it('that comes twice in one batch, among those of other mails, is told once for each mail', async () => {
    const [one, other] = [await sent(), await sent()];
    const notice = deliveryNotice(one.deliveryId);
    const returned = deliveryNotice(other.deliveryId, { action: 'failed', status: '5.2.2' });
    expect(await group.receives(notice, returned, notice)).toEqual(['done', 'done', 'done']);
    expect(await types(one)).toEqual(['mss.message-delivered.v1']);
    expect(await types(other)).toEqual(['mss.message-bounced.v1']);
    expect(await group.message(other)).toMatchObject({ state: 'bounced', status: '5.2.2' });
    expect(await received()).toHaveLength(2);
  });

  it('of reading is told once, whatever comes after', async () => {
    const delivery = await sent();
    const at = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 60_000);
    await group.receives(readNotice(messageIdOf(delivery), undefined, at));
    await group.receives(readNotice(messageIdOf(delivery)));
    expect(await types(delivery)).toEqual(['mss.message-read.v1']);
    expect(await group.message(delivery)).toMatchObject({ state: 'sent', readAt: at });
  });

  it('of deletion or of a fault of the reader is no reading', async () => {
    const delivery = await sent();
    await group.receives(
      readNotice(messageIdOf(delivery), 'manual-action/MDN-sent-manually; deleted'),
      readNotice(messageIdOf(delivery), 'automatic-action/MDN-sent-automatically; processed/Error'),
    );
    expect(await types(delivery)).toEqual([]);
    expect((await group.message(delivery)).readAt).toBeNull();
  });

  it('about nothing that we sent is for a person', async () => {
    expect(await group.receives(deliveryNotice('018f4e10-0000-7000-8000-000000000031'))).toEqual(['review']);
    expect(await received()).toEqual([{ kind: 'delivery-notice', code: 'NOTICE_UNMATCHED', deliveryId: null }]);
  });

  it('in the mailbox of one legal entity never settles the mail of another', async () => {
    const other = await TestGroup.open(site);
    try {
      const delivery = await sent(other);
      expect(await group.receives(deliveryNotice(delivery.deliveryId))).toEqual(['review']);
      expect((await other.message(delivery)).state).toBe('sent');
      expect(await other.events(delivery)).toEqual([]);
      expect(await received()).toEqual([{ kind: 'delivery-notice', code: 'NOTICE_UNMATCHED', deliveryId: null }]);
      expect(await received(other.owner)).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('of a mail that never left settles nothing', async () => {
    const delivery = await group.request();
    await group.receives(deliveryNotice(delivery.deliveryId));
    expect((await group.message(delivery)).state).toBe('ready');
    expect(await types(delivery)).toEqual([]);
  });

  it.each([
    ['after now', new Date('+275000-01-01T00:00:00Z')],
    ['before the mail was asked for', new Date('1970-01-01T00:00:00Z')],
  ])('of reading dated %s is of now', async (_when, at) => {
    const delivery = await sent();
    const began = Date.now();
    await group.receives(readNotice(messageIdOf(delivery), undefined, at));
    expect(await types(delivery)).toEqual(['mss.message-read.v1']);
    const readAt = (await group.message(delivery)).readAt?.getTime();
    expect(readAt).toBeGreaterThanOrEqual(began);
    expect(readAt).toBeLessThanOrEqual(Date.now());
  });
});

describe('mail for a person', () => {
  it('is kept without its contents, with the delivery that it answers', async () => {
    const delivery = await sent();
    const folders = await group.receives(answerOf(messageIdOf(delivery)), otherMail(), noMail());
    expect(folders).toEqual(['review', 'review', 'review']);
    expect((await received()).map(({ kind, deliveryId }) => [kind, deliveryId]).sort()).toEqual([
      ['answer', delivery.deliveryId],
      ['other', null],
      ['unreadable', null],
    ]);
    expect(await types(delivery)).toEqual([]);
  });
});
