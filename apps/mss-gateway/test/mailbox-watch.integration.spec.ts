import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PfiError } from '@pfi/health';
import { JobQueue } from '@pfi/platform-postgres';
import { eventually } from '@pfi/platform-testing';
import { MailboxWatch } from '../src/reception/mailbox-watch.js';
import type { Reception } from '../src/reception/reception.js';
import { openSite, TestGroup, type Delivery, type Site } from './gateway-under-test.js';
import type { GhtChanges } from './ght.js';
import { ImapDoor, MailboxHand } from './imap-door.js';
import { answerOf, deliveryNotice, noMail, otherMail, readNotice } from './notices.js';

jest.setTimeout(60_000);

let site: Site;
let group: TestGroup;
let door: ImapDoor;
let hand: MailboxHand;
let watches: MailboxWatch[] = [];

beforeAll(async () => {
  site = await openSite();
});
beforeEach(() => opened());
afterEach(() => closed());
afterAll(() => site?.close());

async function opened(changes: GhtChanges = {}): Promise<void> {
  group = await TestGroup.open(site, changes);
  door = await ImapDoor.open({
    server: await site.authority.issue('operateur'),
    clientAuthority: site.authority.cert,
    address: group.mailbox,
  });
  hand = await MailboxHand.open(group.mailbox);
}

async function closed(): Promise<void> {
  await Promise.all(watches.map((watch) => watch.stop()));
  watches = [];
  hand.close();
  await door.close();
  await group.close();
}

async function reopened(changes: GhtChanges): Promise<void> {
  await closed();
  await opened(changes);
}

/** One more instance that watches the mailbox. */
function watched(reception: Pick<Reception, 'apply' | 'failed'> = group.reception): MailboxWatch {
  const watch = new MailboxWatch({
    ...{ ght: group.ght, systemDatabase: site.system, jobs: new JobQueue(), accesses: group.accesses },
    endpoint: { url: door.url, ca: site.authority.cert },
    reception: reception as Reception,
    logger: { warn: () => undefined },
  });
  watch.start();
  watches.push(watch);
  return watch;
}

/** One after the other: a database of tests has few connections. */
async function manySent(count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (deliveries.length < count) deliveries.push(await sent());
  return deliveries;
}

async function sent(): Promise<Delivery> {
  const delivery = await group.request();
  await site.test.admin(`UPDATE mss.message SET state = 'sent' WHERE delivery_id = $1`, [delivery.deliveryId]);
  return delivery;
}

const DONE = 'PFI-traités';
const REVIEW = 'PFI-à-voir';

const mailboxHolds = (counts: Record<string, number>, timeoutMs = 40_000) =>
  eventually(async () => expect(await hand.counts()).toMatchObject(counts), { timeoutMs, everyMs: 100 });

const status = async () => {
  const [row] = await site.test.admin<{ lastRead: Date | null; lastFailure: Date | null; code: string | null }>(
    `SELECT last_read_at AS "lastRead", last_failure_at AS "lastFailure", failure_code AS code FROM mss.mailbox WHERE owner = $1`,
    [group.owner],
  );
  return row;
};

describe('a watched mailbox', () => {
  it('is read: notices are done with, the rest is laid aside for a person, in folders that are made', async () => {
    const delivery = await sent();
    const ours = `<${delivery.deliveryId}@ej-${group.finess}.mssante.fr>`;
    await hand.put(deliveryNotice(delivery.deliveryId), answerOf(ours), readNotice(ours), otherMail());
    watched();
    await mailboxHolds({ INBOX: 0, [DONE]: 2, [REVIEW]: 2 });
    expect((await group.events(delivery)).map(({ type }) => type)).toEqual([
      'mss.message-delivered.v1',
      'mss.message-read.v1',
    ]);
    expect(await status()).toMatchObject({ lastRead: expect.any(Date), code: null });
    expect(door.clients[0]).toBe('CN=messagerie');
  });

  it('with more mails than a batch is emptied, each applied once', async () => {
    const deliveries = await manySent(60);
    await hand.put(...deliveries.map(({ deliveryId }) => deliveryNotice(deliveryId)));
    await hand.put(...Array.from({ length: 55 }, () => otherMail()));
    watched();
    await mailboxHolds({ INBOX: 0, [DONE]: 60, [REVIEW]: 55 });
    for (const delivery of deliveries) expect(await group.events(delivery)).toHaveLength(1);
  });

  it('is not stopped by mails that cannot be read', async () => {
    const [first, last] = [await sent(), await sent()];
    await hand.put(
      deliveryNotice(first.deliveryId),
      noMail(),
      Buffer.from('From: a@b.fr\r\nMessage-ID: <nul\u0000@b.fr>\r\nSubject: x\r\n\r\nx\r\n'),
      Buffer.from(`From: a@b.fr\r\nX: ${'a'.repeat(200_000)}\r\n\r\nx\r\n`),
      Buffer.from('From: a@b.fr\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'),
      deliveryNotice(last.deliveryId),
    );
    watched();
    await mailboxHolds({ INBOX: 0, [DONE]: 2, [REVIEW]: 4 });
    for (const delivery of [first, last]) expect((await group.message(delivery)).state).toBe('delivered');
  });

  it('is not stopped by a mail whose effect cannot be written: it alone is laid aside', async () => {
    const [bad, good] = [await sent(), await sent()];
    await hand.put(deliveryNotice(bad.deliveryId), deliveryNotice(good.deliveryId));
    watched({
      apply: async (origin, mails) => {
        if (mails.some(({ deliveryIds }) => deliveryIds.includes(bad.deliveryId))) throw new TypeError('unforeseen');
        return group.reception.apply(origin, mails);
      },
      failed: (...told) => group.reception.failed(...told),
    });
    await mailboxHolds({ INBOX: 0, [DONE]: 1, [REVIEW]: 1 });
    expect((await group.message(good)).state).toBe('delivered');
    expect((await group.message(bad)).state).toBe('sent');
    const codes = await site.test.admin<{ code: string | null }>(
      `SELECT code FROM mss.received_mail WHERE owner = $1 AND kind = 'unreadable'`,
      [group.owner],
    );
    expect(codes).toEqual([{ code: 'NOTICE_FAILED' }]);
  });

  it('keeps everything while the database is away, and goes on after it', async () => {
    const delivery = await sent();
    await hand.put(deliveryNotice(delivery.deliveryId));
    let away = true;
    watched({
      apply: async (...given) => {
        if (!away) return group.reception.apply(...given);
        away = false;
        throw new PfiError('DATABASE_UNAVAILABLE', 'unavailable', 'absente');
      },
      failed: (...told) => group.reception.failed(...told),
    });
    await eventually(async () => expect(await status()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' }));
    await mailboxHolds({ INBOX: 0, [DONE]: 1 }, 30_000);
    expect(await group.events(delivery)).toHaveLength(1);
  });

  it('whose connection is cut between effect and move is read again without a second effect', async () => {
    const delivery = await sent();
    await hand.put(deliveryNotice(delivery.deliveryId), otherMail());
    door.cutAt = / UID (MOVE|COPY) /;
    watched();
    await eventually(async () => expect((await group.message(delivery)).state).toBe('delivered'));
    await eventually(async () => expect(await status()).toMatchObject({ code: 'MAILBOX_UNAVAILABLE' }));
    await mailboxHolds({ INBOX: 0, [DONE]: 1, [REVIEW]: 1 }, 30_000);
    expect(await group.events(delivery)).toHaveLength(1);
    const rows = await site.test.admin(`SELECT FROM mss.received_mail WHERE owner = $1`, [group.owner]);
    expect(rows).toHaveLength(2);
    expect(await status()).toMatchObject({ code: null, lastFailure: expect.any(Date) });
  });

  it('is handled as soon as mail is announced, long before the next look', async () => {
    await reopened({ mss: { pollEvery: 'PT40S' } });
    watched();
    await eventually(async () => expect((await status())?.lastRead).toBeInstanceOf(Date));
    for (let n = 0; n < 3; n += 1) {
      const delivery = await sent();
      const began = performance.now();
      await hand.put(deliveryNotice(delivery.deliveryId));
      await group.outcome(delivery);
      expect(performance.now() - began).toBeLessThan(8_000);
    }
  });

  it('opened by the certificate alone is read as well', async () => {
    await reopened({ mailbox: { imapSignIn: 'external' } });
    const delivery = await sent();
    await hand.put(deliveryNotice(delivery.deliveryId));
    watched();
    await mailboxHolds({ INBOX: 0, [DONE]: 1 });
  });

  it('is opened anew with a certificate that was renewed', async () => {
    watched();
    await eventually(() => expect(door.clients).toEqual(['CN=messagerie']));
    await group.renewCertificate('messagerie-renewed');
    await eventually(() => expect(door.clients.at(-1)).toBe('CN=messagerie-renewed'), { timeoutMs: 20_000 });
  });

  it('is never read by two at once; when one stops, the other goes on', async () => {
    const first = watched();
    const second = watched();
    const deliveries = await manySent(20);
    await hand.put(...deliveries.slice(0, 10).map(({ deliveryId }) => deliveryNotice(deliveryId)));
    await mailboxHolds({ INBOX: 0, [DONE]: 10 });
    await first.stop();
    await hand.put(...deliveries.slice(10).map(({ deliveryId }) => deliveryNotice(deliveryId)));
    await mailboxHolds({ INBOX: 0, [DONE]: 20 });
    await second.stop();
    expect(door.mostAtOnce).toBe(1);
    for (const delivery of deliveries) expect(await group.events(delivery)).toHaveLength(1);
  });

  it('without certificate is told as such, and is read when there is one', async () => {
    const pair = await site.authority.issue('messagerie');
    await group.writePair({ ...pair, key: 'no key' });
    watched();
    await eventually(async () => expect(await status()).toMatchObject({ code: 'CERTIFICATE_UNREADABLE' }));
    await group.writePair(pair);
    await eventually(async () => expect(await status()).toMatchObject({ code: null }), { timeoutMs: 30_000 });
  });
});
