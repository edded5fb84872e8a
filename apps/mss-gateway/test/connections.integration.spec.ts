import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, testAuthority } from '@pfi/platform-testing';
import { openSite, TestGroup, type Site } from './gateway-under-test.js';

jest.setTimeout(30_000);

let site: Site;
let group: TestGroup;

beforeAll(async () => {
  site = await openSite();
});
afterEach(() => group.close());
afterAll(() => site?.close());

const SENT = { type: 'mss.message-sent.v1' };

describe('the way to the operator', () => {
  it('refused at first: the mail waits, then goes', async () => {
    group = await TestGroup.open(site);
    group.gateway();
    const delivery = await group.request();
    await group.until(delivery, ({ state, outcomeCode }) => state === 'ready' && outcomeCode === 'ECONNREFUSED');
    const operator = await group.operator();
    expect(await group.outcome(delivery)).toMatchObject(SENT);
    expect(operator.mails).toHaveLength(1);
  });

  it('without STARTTLS: nothing in clear text, nothing parked, the circuit opens, then closes again', async () => {
    group = await TestGroup.open(site, { circuitBreaker: { consecutive: 3 } });
    const stripped = await group.operator({ stripped: true });
    group.gateway();
    const deliveries = [await group.request(), await group.request()];
    await eventually(async () => expect(await group.circuit()).not.toBe('closed'));
    expect(stripped.envelopes).toBe(0);
    expect(stripped.inClear).toEqual([]);
    for (const delivery of deliveries) {
      expect(await group.events(delivery)).toEqual([]);
      await group.until(delivery, ({ state, inDoubt }) => state === 'ready' && !inDoubt);
    }
    const tried = await site.test.admin<{ code: string }>(
      `SELECT DISTINCT code FROM mss.message_attempt WHERE owner = $1 AND code IS NOT NULL`,
      [group.owner],
    );
    expect(tried).toEqual([{ code: 'STARTTLS_UNAVAILABLE' }]);
    await stripped.stop();
    const operator = await group.operator();
    for (const delivery of deliveries) expect(await group.outcome(delivery)).toMatchObject(SENT);
    expect(operator.mails).toHaveLength(2);
    await eventually(async () => expect(await group.circuit()).toBe('closed'));
  });

  it('with a certificate of a stranger: nothing is sent, nothing parked, the circuit opens', async () => {
    group = await TestGroup.open(site, { circuitBreaker: { consecutive: 3 } });
    const stranger = await testAuthority('AC étrangère');
    const impostor = await group.operator({ server: await stranger.issue('operateur') });
    group.gateway();
    const delivery = await group.request();
    await eventually(async () => expect(await group.circuit()).not.toBe('closed'));
    expect(impostor.envelopes).toBe(0);
    expect(await group.events(delivery)).toEqual([]);
    await impostor.stop();
    await group.operator();
    expect(await group.outcome(delivery)).toMatchObject(SENT);
  });

  it('with an expired certificate of ours: nothing parked; renewed, the mail goes once', async () => {
    group = await TestGroup.open(site, { circuitBreaker: { consecutive: 3 } });
    const operator = await group.operator();
    const hour = 3_600_000;
    const past = { notBefore: new Date(Date.now() - 2 * hour), notAfter: new Date(Date.now() - hour) };
    await group.writePair(await site.authority.issue('messagerie-expired', past));
    group.gateway();
    const delivery = await group.request();
    await eventually(async () => expect(await group.circuit()).not.toBe('closed'));
    expect(await group.events(delivery)).toEqual([]);
    expect(operator.mails).toEqual([]);
    await group.renewCertificate('messagerie');
    expect(await group.outcome(delivery)).toMatchObject(SENT);
    expect(operator.mails).toHaveLength(1);
  });

  it('is opened anew with the certificate that was renewed between two mails, also file by file', async () => {
    group = await TestGroup.open(site);
    const operator = await group.operator();
    group.gateway();
    await group.outcome(await group.request());
    await rm(join(group.secretsDir, 'mail', 'tls.key'));
    expect(await group.outcome(await group.request())).toMatchObject(SENT);
    await group.renewCertificate('messagerie-renewed');
    await group.outcome(await group.request());
    expect(operator.mails.map(({ client }) => client)).toEqual([
      ...['CN=messagerie', 'CN=messagerie'],
      'CN=messagerie-renewed',
    ]);
    expect(operator.connections).toBe(2);
  });

  it('without a readable certificate parks the mail before any intent; mended and asked again, it goes', async () => {
    group = await TestGroup.open(site);
    await group.operator();
    await rm(join(group.secretsDir, 'mail'), { recursive: true });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      ...{ type: 'mss.message-parked.v1', outcomeCode: 'CERTIFICATE_UNREADABLE', attempts: 0 },
    });
    await group.renewCertificate('messagerie');
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ ...SENT, attempts: 1 });
  });

  it('signs in by password where the operator asks for it; a wrong one is the way’s trouble, not the mail’s', async () => {
    const mailbox = { smtpSignIn: 'password', passwordSecret: 'mail-password', username: 'pfi' };
    group = await TestGroup.open(site, { mailbox, circuitBreaker: { consecutive: 3 } });
    const operator = await group.operator({ account: { user: 'pfi', password: 'secret' } });
    await group.writePassword('périmé');
    group.gateway();
    const delivery = await group.request();
    await group.until(delivery, ({ outcomeCode }) => outcomeCode === 'SMTP_535');
    expect(await group.events(delivery)).toEqual([]);
    await group.writePassword('secret');
    expect(await group.outcome(delivery)).toMatchObject(SENT);
    expect(operator.inClear).toEqual([]);
  });

  it.each([
    ['in a line', ['2.7.0 accepted']],
    ['in two lines', ['2.7.0 accepted', '2.7.0 really']],
  ])('signs in by the certificate alone (SASL EXTERNAL), answered %s', async (_how, lines) => {
    group = await TestGroup.open(site, { mailbox: { smtpSignIn: 'external' } });
    await group.operator({ external: [235, ...lines] });
    group.gateway();
    expect(await group.outcome(await group.request())).toMatchObject({ ...SENT, attempts: 1 });
  });

  it('by a certificate that may not sign in is the way’s trouble, not the mail’s', async () => {
    group = await TestGroup.open(site, { mailbox: { smtpSignIn: 'external' }, circuitBreaker: { consecutive: 3 } });
    const refusing = await group.operator({ external: [535, '5.7.8 not yours'] });
    group.gateway();
    const delivery = await group.request();
    await eventually(async () => expect(await group.circuit()).not.toBe('closed'));
    expect(await group.events(delivery)).toEqual([]);
    expect(refusing.envelopes).toBe(0);
    await refusing.stop();
    await group.operator({ external: [235, '2.7.0 accepted'] });
    expect(await group.outcome(delivery)).toMatchObject(SENT);
  });
});

describe('the connections', () => {
  it('are kept from mail to mail', async () => {
    group = await TestGroup.open(site);
    const operator = await group.operator();
    group.gateway();
    for (let n = 0; n < 4; n += 1) await group.outcome(await group.request());
    expect(new Set(operator.mails.map(({ connection }) => connection))).toEqual(new Set([1]));
  });

  it.each([
    ['without a word', false],
    ['with 421', true],
  ])('that the operator closed %s meanwhile are replaced: no try is lost', async (_how, polite) => {
    group = await TestGroup.open(site);
    const operator = await group.operator();
    group.gateway();
    await group.outcome(await group.request());
    operator.hangUp(polite);
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ ...SENT, attempts: 1 });
    expect(operator.connections).toBe(2);
    expect(await group.circuit()).toBe('closed');
  });

  it.each([
    ['cuts', { at: 'mail', drop: true }],
    ['says 421 on', { at: 'mail', reply: [421, '4.4.2 idle for too long'] }],
  ] as const)(
    'kept too long, which the operator %s at the next MAIL, are replaced: no try is lost',
    async (_how, at) => {
      group = await TestGroup.open(site);
      const operator = await group.operator();
      group.gateway();
      await group.outcome(await group.request());
      operator.next.push(at);
      const delivery = await group.request();
      expect(await group.outcome(delivery)).toMatchObject({ ...SENT, attempts: 1 });
      expect(operator.connections).toBe(2);
    },
  );

  it('are never taken twice for one delivery by two gateways, nor by more at once than the limit says', async () => {
    group = await TestGroup.open(site, { mss: { concurrency: { perOwner: 2 } } });
    const operator = await group.operator();
    operator.delayMs = 20;
    group.gateway();
    group.gateway();
    const deliveries = await Promise.all(Array.from({ length: 16 }, () => group.request()));
    for (const delivery of deliveries) expect(await group.outcome(delivery)).toMatchObject({ ...SENT, attempts: 1 });
    expect(operator.mails).toHaveLength(16);
    expect(new Set(operator.mails.map(({ envid }) => envid)).size).toBe(16);
    expect(operator.mostAtOnce).toBe(2);
  });
});
