import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Principal } from '@pfi/platform-http';
import { CircuitBreaker } from '@pfi/platform-postgres';
import { TenantAudit } from '@pfi/platform-service';
import { createLogger } from '@pfi/platform-telemetry';
import { MailboxesController } from '../src/http/mailboxes.controller.js';
import { MessagesController } from '../src/http/messages.controller.js';
import { MessageRepository } from '../src/persistence/message.repository.js';
import { ReceivedMailRepository } from '../src/persistence/received-mail.repository.js';
import { MATRICULE } from './claims.js';
import { openSite, TestGroup, type Delivery, type Site } from './gateway-under-test.js';
import { answerOf, deliveryNotice, noMail, otherMail } from './notices.js';

jest.setTimeout(30_000);

let site: Site;
let group: TestGroup;
let messages: MessagesController;
let mailboxes: MailboxesController;
/** What was noted of people who asked beyond their scopes. */
const crossed: { readonly code: string }[] = [];

beforeAll(async () => {
  site = await openSite();
});
beforeEach(async () => {
  group = await TestGroup.open(site);
  crossed.length = 0;
  const logger = createLogger('audit', { level: 'fatal' });
  logger.warn = ((details: object) => void crossed.push(details as (typeof crossed)[number])) as typeof logger.warn;
  messages = new MessagesController(
    site.service,
    new MessageRepository(),
    new ReceivedMailRepository(),
    new CircuitBreaker({ database: site.system }),
    new TenantAudit(site.service, () => [group.owner], logger),
  );
  mailboxes = new MailboxesController(site.service, group.ght, new ReceivedMailRepository());
});
afterEach(() => group.close());
afterAll(() => site?.close());

const reader = (...scopes: string[]): Principal => ({
  ...{ subject: 'agent', issuer: 'https://idp.example', name: 'Agent', roles: ['reader'] },
  ...{ scopes, machine: false, purpose: null },
});
const own = () => reader(group.owner);
const stranger = reader('ej:000000000');

async function sent(delivery: Delivery): Promise<Delivery> {
  await group.operator();
  group.gateway();
  await group.outcome(await group.request(delivery));
  return delivery;
}

/** Every id of a list, page after page. */
async function allOf(
  list: (cursor: string | undefined) => Promise<{ items: readonly { id: string }[]; next: string | null }>,
) {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor);
  return seen;
}

describe('the messages of the API', () => {
  it('come newest first, page by page, each once', async () => {
    const expected: string[] = [];
    for (let n = 0; n < 5; n += 1) expected.unshift((await group.request()).deliveryId);
    expect(await allOf((cursor) => messages.list({ limit: 2, cursor }, own()))).toEqual(expected);
  });

  it('are filtered by state, by document and by delivery', async () => {
    const delivery = await group.request();
    await group.request();
    const of = async (filter: object) =>
      (await messages.list({ limit: 50, ...filter }, own())).items.map(({ id }) => id);
    expect(await of({ documentId: delivery.claim.documentId })).toEqual([delivery.deliveryId]);
    expect(await of({ deliveryId: delivery.deliveryId })).toEqual([delivery.deliveryId]);
    expect(await of({ state: 'ready' })).toHaveLength(2);
    expect(await of({ state: 'parked' })).toEqual([]);
  });

  it('tell their tries and their notices', async () => {
    const delivery = await sent(group.delivery());
    await group.receives(deliveryNotice(delivery.deliveryId));
    expect(await messages.one(delivery.deliveryId, own())).toMatchObject({
      ...{ state: 'delivered', attempts: 1, legalEntity: group.finess, channel: 'mss-pro', status: '2.0.0' },
      recipient: delivery.claim.recipient.address,
      tries: [{ attempt: 1, code: 'ACCEPTED', endedAt: expect.any(String) }],
      notices: [{ kind: 'delivery-notice', action: 'delivered', status: '2.0.0', mailbox: group.mailbox }],
    });
  });

  it('of a patient tell no INS, which the address holds', async () => {
    const delivery = await sent(group.delivery({ channel: 'mss-patient' }));
    const notice = {
      action: 'failed',
      status: '5.2.1',
      diagnostic: `550 5.2.1 ${MATRICULE}@patient.mssante.fr closed`,
    };
    await group.receives(deliveryNotice(delivery.deliveryId, notice));
    const one = await messages.one(delivery.deliveryId, own());
    expect(one).toMatchObject({ state: 'bounced', recipient: null, outcomeCode: '550' });
    const all = [one, await messages.list({ limit: 50 }, own()), await mailboxes.list({ limit: 50 }, own())];
    expect(JSON.stringify(all)).not.toMatch(new RegExp(`${MATRICULE}|PAT-TROIS|CHIRURG`));
  });

  it('of others do not exist, and asking for one is noted', async () => {
    const { deliveryId } = await group.request();
    const unknown = { code: 'MESSAGE_UNKNOWN', kind: 'not-found' };
    await expect(messages.one(deliveryId, stranger)).rejects.toMatchObject(unknown);
    expect(crossed).toMatchObject([{ code: 'CROSS_TENANT', kind: 'message', id: deliveryId }]);
    await expect(messages.one(randomUUID(), own())).rejects.toMatchObject(unknown);
    expect(crossed).toHaveLength(1);
    expect((await messages.list({ limit: 50 }, stranger)).items).toEqual([]);
  });

  it('are shown to their establishment', async () => {
    const { deliveryId } = await group.request();
    const seen = await messages.list({ limit: 50, deliveryId }, reader('eg:990000119'));
    expect(seen.items.map(({ id }) => id)).toEqual([deliveryId]);
  });
});

describe('what the mailboxes received', () => {
  it('comes newest first, page by page, by kind, without contents', async () => {
    const delivery = await group.request();
    await group.receives(answerOf(`<${delivery.deliveryId}@ej-${group.finess}.mssante.fr>`));
    await group.receives(otherMail());
    await group.receives(noMail());
    await group.receives(otherMail('Objet confidentiel'));
    expect(await allOf((cursor) => mailboxes.list({ limit: 2, cursor }, own()))).toHaveLength(4);
    const answers = await mailboxes.list({ limit: 50, kind: 'answer' }, own());
    expect(answers.items).toMatchObject([{ deliveryId: delivery.deliveryId, legalEntity: group.finess }]);
    expect(JSON.stringify(await mailboxes.list({ limit: 50 }, own()))).not.toMatch(/confidentiel|postmaster/);
    expect((await mailboxes.list({ limit: 50 }, stranger)).items).toEqual([]);
  });
});

describe('the mailboxes of the API', () => {
  it('tell when they were read, and why they could not be, to their owner alone', async () => {
    const never = { address: group.mailbox, legalEntity: group.finess, lastReadAt: null, failureCode: null };
    expect((await mailboxes.mailboxes(own())).items).toMatchObject([never]);
    await group.receives(otherMail());
    await group.reception.failed({ owner: group.owner, address: group.mailbox }, 'MAILBOX_UNAVAILABLE');
    expect((await mailboxes.mailboxes(own())).items).toMatchObject([
      { lastReadAt: expect.any(String), lastFailureAt: expect.any(String), failureCode: 'MAILBOX_UNAVAILABLE' },
    ]);
    expect((await mailboxes.mailboxes(stranger)).items).toEqual([]);
  });
});

describe('the destinations of the API', () => {
  it('show a circuit in trouble to its owner alone', async () => {
    const breaker = new CircuitBreaker({ database: site.system, settings: { inARow: 1 } });
    const permit = await breaker.permit('mss-smtp', group.owner);
    if (permit.allowed) await permit.failed();
    const shown = await messages.destinations(own());
    expect(shown.items).toMatchObject([{ destination: 'mss-smtp', owner: group.owner, state: 'open' }]);
    expect((await messages.destinations(stranger)).items).toEqual([]);
  });
});
