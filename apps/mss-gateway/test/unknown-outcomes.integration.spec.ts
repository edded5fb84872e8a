import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SmtpAnswer } from '@pfi/mss-core';
import type { MailingParts } from '../src/sending/mailing.js';
import { openSite, TestGroup, type Delivery, type Site } from './gateway-under-test.js';
import type { MailOperatorDouble } from './mail-operator-double.js';
import { headerOf, idsOf, readTaken } from './mail-text.js';
import { deliveryNotice, readNotice } from './notices.js';

jest.setTimeout(30_000);

let site: Site;
let group: TestGroup;
let operator: MailOperatorDouble;

beforeAll(async () => {
  site = await openSite();
});
beforeEach(async () => {
  group = await TestGroup.open(site);
  operator = await group.operator();
});
afterEach(async () => {
  await group.close();
  expect(operator.inClear).toEqual([]);
});
afterAll(() => site?.close());

/** `X-Resent` of each mail of a delivery that came. */
const resent = (delivery: Delivery) =>
  Promise.all(operator.of(delivery).map(async (mail) => headerOf(await readTaken(mail), 'x-resent')));

/** A group in which a second try comes late enough to let something happen before it. */
async function patientGroup(): Promise<void> {
  await group.close();
  group = await TestGroup.open(site, { delays: { smtp: { resendUnknownAfter: 'PT1S' } } });
  operator = await group.operator();
}

describe('an answer that is lost after the final dot', () => {
  it('is followed by one more try, later, which says that it may be a duplicate', async () => {
    await patientGroup();
    operator.next.push({ at: 'dot', drop: true, keeps: true });
    group.gateway();
    const delivery = await group.request();
    await group.until(delivery, ({ state, inDoubt }) => state === 'unknown' && inDoubt);
    expect(await group.events(delivery)).toEqual([]);
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 2 });
    expect(await resent(delivery)).toEqual([undefined, 'possible-duplicate']);
    const [first, second] = operator.of(delivery);
    expect(await idsOf(second!)).toEqual(await idsOf(first!));
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(1_000);
    expect(await group.message(delivery)).toMatchObject({ state: 'sent', inDoubt: false });
  });

  it('twice asks for a person, and nothing is sent a third time', async () => {
    operator.next.push({ at: 'dot', drop: true, keeps: true }, { at: 'dot', drop: true });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      ...{ type: 'mss.message-parked.v1', outcomeCode: 'OUTCOME_UNKNOWN', attempts: 2 },
      messageId: expect.stringContaining(delivery.deliveryId),
    });
    await group.idle();
    expect(operator.envelopes).toBe(2);
    expect(await group.message(delivery)).toMatchObject({ state: 'parked', inDoubt: true });
  });

  it('and asked again by a person still says that it may be a duplicate', async () => {
    operator.next.push({ at: 'dot', drop: true, keeps: true }, { at: 'dot', drop: true });
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 3 });
    expect(await resent(delivery)).toEqual([undefined, 'possible-duplicate']);
  });

  it('because the operator says nothing any more is one too', async () => {
    await group.close();
    group = await TestGroup.open(site, { delays: { smtp: { finalDotTimeout: 'PT0.5S' } } });
    operator = await group.operator();
    operator.next.push({ at: 'dot', hang: true, keeps: true });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 2 });
    expect(await resent(delivery)).toEqual([undefined, 'possible-duplicate']);
    const [first] = await tries(delivery);
    expect(first?.code).toBe('TIMEOUT');
  });

  it('goes to the same address again, whatever the directory says by then', async () => {
    group.directory.published.set('10000000017', ['avant@cabinet.mssante.fr']);
    operator.next.push({ at: 'dot', drop: true, keeps: true });
    group.gateway();
    const delivery = await group.request(group.delivery({ recipient: { address: null } }));
    await group.until(delivery, ({ state }) => state === 'unknown');
    group.directory.published.set('10000000017', ['apres@cabinet.mssante.fr']);
    await group.outcome(delivery);
    expect(operator.of(delivery).map(({ to }) => to)).toEqual(Array(2).fill('avant@cabinet.mssante.fr'));
  });

  it('then refused for good is refused', async () => {
    await patientGroup();
    operator.next.push({ at: 'dot', drop: true });
    group.gateway();
    const delivery = await group.request();
    await group.until(delivery, ({ state }) => state === 'unknown');
    operator.next.push({ at: 'rcpt', reply: [550, '5.1.1 unknown'] });
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-refused.v1', attempts: 2 });
  });
});

const tries = ({ deliveryId }: Delivery) =>
  site.test.admin<{ attempt: number; code: string | null; ended: boolean }>(
    `SELECT attempt, code, ended_at IS NOT NULL AS ended FROM mss.message_attempt WHERE delivery_id = $1 ORDER BY attempt`,
    [deliveryId],
  );

describe('a notice that comes while nobody knows', () => {
  it.each([
    ['delivered', 'mss.message-delivered.v1', 'delivered'],
    ['failed', 'mss.message-bounced.v1', 'bounced'],
  ])('(%s) settles it: told once, nothing more is sent', async (action, type, state) => {
    await patientGroup();
    operator.next.push({ at: 'dot', drop: true, keeps: true });
    group.gateway();
    const delivery = await group.request();
    await group.until(delivery, (message) => message.state === 'unknown');
    await group.receives(
      deliveryNotice(delivery.deliveryId, { action, status: action === 'failed' ? '5.1.1' : '2.0.0' }),
    );
    expect(await group.outcome(delivery)).toMatchObject({ type });
    await group.idle();
    expect(operator.of(delivery)).toHaveLength(1);
    expect((await group.events(delivery)).map((event) => event.type)).toEqual([type]);
    expect(await group.message(delivery)).toMatchObject({ state, inDoubt: false });
  });

  it('of reading settles it as delivered and read', async () => {
    await patientGroup();
    operator.next.push({ at: 'dot', drop: true, keeps: true });
    group.gateway();
    const delivery = await group.request();
    const { messageId } = await group.until(delivery, (message) => message.state === 'unknown');
    await group.receives(readNotice(messageId ?? ''));
    await group.idle();
    expect(operator.of(delivery)).toHaveLength(1);
    expect((await group.events(delivery)).map(({ type }) => type)).toEqual([
      'mss.message-delivered.v1',
      'mss.message-read.v1',
    ]);
  });

  it('after it was parked settles it, and asked again it is told again, not sent', async () => {
    operator.next.push({ at: 'dot', drop: true, keeps: true }, { at: 'dot', drop: true, keeps: true });
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.receives(deliveryNotice(delivery.deliveryId));
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'mss.message-delivered.v1' });
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 3)).toMatchObject({ type: 'mss.message-delivered.v1' });
    expect(operator.of(delivery)).toHaveLength(2);
  });

  it('while the second try is on its way is not unsaid by it', async () => {
    operator.next.push({ at: 'dot', drop: true, keeps: true });
    const delivery = group.delivery();
    let told = false;
    group.gateway({
      wrap: onTheWire(async (send) => {
        const answer = await send();
        if (operator.of(delivery).length === 2 && !told) {
          told = true;
          await group.receives(deliveryNotice(delivery.deliveryId, { action: 'failed', status: '5.2.2' }));
        }
        return answer;
      }),
    });
    await group.request(delivery);
    await group.idle();
    expect(told).toBe(true);
    expect((await group.events(delivery)).map(({ type }) => type)).toEqual(['mss.message-bounced.v1']);
    expect((await group.message(delivery)).state).toBe('bounced');
  });
});

/** Puts something around each exchange with the operator. */
const onTheWire =
  (around: (send: () => Promise<SmtpAnswer>) => Promise<SmtpAnswer>) =>
  (parts: MailingParts): MailingParts => ({
    ...parts,
    smtp: { of: (entity) => ({ send: (mail) => around(() => parts.smtp.of(entity).send(mail)) }) },
  });

/** A gateway that dies on the wire: the exchange is made, or not, and nothing of this run goes on. */
function dyingGateway({ sends }: { sends: boolean }): { reached: Promise<void>; kill: () => Promise<unknown> } {
  let reach: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const wrap = onTheWire(async (send) => {
    if (sends) await send();
    reach();
    return new Promise<never>(() => undefined);
  });
  const runner = group.gateway({ leaseMs: 300, wrap });
  return { reached, kill: () => runner.stop(0) };
}

describe('a gateway that dies', () => {
  it.each([
    ['between intent and first byte', false, ['possible-duplicate']],
    ['after the 250, before it is written', true, [undefined, 'possible-duplicate']],
  ] as const)('%s leaves a mail that is sent once more, flagged', async (_when, sends, flags) => {
    const dying = dyingGateway({ sends });
    const delivery = await group.request();
    await dying.reached;
    await dying.kill();
    expect((await group.message(delivery)).state).toBe('sending');
    group.gateway();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 2 });
    expect(await resent(delivery)).toEqual(flags);
    const ids = await Promise.all(operator.of(delivery).map(idsOf));
    expect(new Set(ids.map((one) => JSON.stringify(one))).size).toBe(1);
    const [first] = await tries(delivery);
    expect(first).toMatchObject({ code: 'INTERRUPTED', ended: true });
  });

  it('and comes back writes nothing over what another did', async () => {
    let resume: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (resume = resolve));
    let reach: () => void;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const runner = group.gateway({
      leaseMs: 200,
      wrap: onTheWire(async () => {
        reach();
        await slow;
        return { kind: 'reply', stage: 'rcpt', code: 550, status: '5.1.1', text: 'late' };
      }),
    });
    const delivery = await group.request();
    await reached;
    await runner.stop(0);
    group.gateway();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1' });
    resume();
    await group.idle();
    expect((await group.message(delivery)).state).toBe('sent');
    expect(await group.events(delivery)).toHaveLength(1);
  });
});

describe('a connection that is lost', () => {
  it.each(['mail', 'rcpt', 'data'] as const)('at %s has taken nothing: tried again, not flagged', async (at) => {
    operator.next.push({ at, drop: true });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 2 });
    expect(await resent(delivery)).toEqual([undefined]);
  });

  it('in the middle of a large mail has taken nothing: tried again, not flagged', async () => {
    operator.next.push({ at: 'bytes', drop: true });
    group.gateway();
    const delivery = await group.request(group.delivery({}, 2_500_000));
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 2 });
    expect(await resent(delivery)).toEqual([undefined]);
  });

  it('by an operator that stops answering in the middle of the conversation is tried again', async () => {
    await group.close();
    group = await TestGroup.open(site, { delays: { smtp: { commandTimeout: 'PT0.5S' } } });
    operator = await group.operator();
    operator.next.push({ at: 'rcpt', hang: true });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 2 });
    expect((await tries(delivery))[0]?.code).toBe('TIMEOUT');
  });
});
