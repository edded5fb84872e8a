import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ClockOff } from '@pfi/platform-service';
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

describe('the way to the DMP', () => {
  it('refused at first: the deposit waits, then goes', async () => {
    group = await TestGroup.open(site);
    group.gateway();
    const delivery = await group.request();
    await eventually(async () =>
      expect(await group.submission(delivery)).toMatchObject({ state: 'ready', outcomeCode: 'ECONNREFUSED' }),
    );
    const dmp = await group.dmp();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', reconciled: false });
    expect(dmp.deposits).toHaveLength(1);
    expect(dmp.lookUps).toEqual([]);
  });

  it('with a server certificate of a stranger: nothing is sent, nothing parked, the circuit opens, then closes again', async () => {
    group = await TestGroup.open(site, { circuitBreaker: { consecutive: 3 } });
    const stranger = await testAuthority('AC étrangère');
    const impostor = await group.dmp(await stranger.issue('dmp'));
    group.gateway();
    const deliveries = await Promise.all([group.request(), group.request()]);
    await eventually(async () => expect(await group.circuit()).not.toBe('closed'));
    for (const delivery of deliveries) {
      expect(await group.events(delivery)).toEqual([]);
      // A try may be under way at this very moment; it ends where the others did.
      await eventually(async () => expect((await group.submission(delivery)).state).toBe('ready'));
    }
    expect(impostor.deposits).toEqual([]);
    expect(impostor.problems).toEqual([]);
    await impostor.stop();
    const dmp = await group.dmp();
    for (const delivery of deliveries)
      expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1' });
    expect(dmp.deposits).toHaveLength(2);
    await eventually(async () => expect(await group.circuit()).toBe('closed'));
  });

  it('with an expired certificate of ours: nothing parked, the circuit opens; renewed, the deposit goes once', async () => {
    group = await TestGroup.open(site, { circuitBreaker: { consecutive: 3 } });
    const dmp = await group.dmp();
    const hour = 3_600_000;
    const past = { notBefore: new Date(Date.now() - 2 * hour), notAfter: new Date(Date.now() - hour) };
    await group.writePair('auth', await site.channel.issue('auth-expired', past));
    group.gateway();
    const delivery = await group.request();
    await eventually(async () => expect(await group.circuit()).not.toBe('closed'));
    expect(await group.events(delivery)).toEqual([]);
    expect(dmp.deposits).toEqual([]);
    await group.renewCertificates('auth');
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1' });
    expect(dmp.deposits).toHaveLength(1);
    expect(dmp.problems).toEqual([]);
  });

  it('takes renewed certificates without a restart, also when the files change one after the other', async () => {
    group = await TestGroup.open(site);
    const dmp = await group.dmp();
    group.gateway();
    await group.outcome(await group.request());
    await rm(join(group.secretsDir, 'sign', 'tls.key'));
    expect(await group.outcome(await group.request())).toMatchObject({ type: 'dmp.deposit-accepted.v1' });
    await group.renewCertificates('auth-renewed');
    await group.outcome(await group.request());
    expect(dmp.deposits.map(({ clientSubject }) => clientSubject)).toEqual(['CN=auth', 'CN=auth', 'CN=auth-renewed']);
    const [first, , last] = dmp.deposits.map(({ vihf }) => vihf.certificate.fingerprint256);
    expect(last).not.toBe(first);
    expect(dmp.problems).toEqual([]);
  });

  it('without readable certificates parks the deposit before any intent; mended, it goes', async () => {
    group = await TestGroup.open(site);
    const dmp = await group.dmp();
    await rm(join(group.secretsDir, 'auth'), { recursive: true });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-parked.v1',
      outcomeCode: 'CERTIFICATE_UNREADABLE',
      attempts: 0,
    });
    await group.renewCertificates('auth');
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'dmp.deposit-accepted.v1', attempts: 1 });
    expect(dmp.problems).toEqual([]);
  });

  it('is not taken by an instance whose clock is off: the deposit is given back untouched, and another one sends it', async () => {
    group = await TestGroup.open(site);
    const dmp = await group.dmp();
    const lost = group.gateway({
      clock: {
        assertMayDate: () => {
          throw new ClockOff();
        },
      },
    });
    const delivery = await group.request();
    await eventually(async () => expect(await group.job(delivery)).toMatchObject({ lastCode: 'CLOCK_OFF' }));
    await lost.stop();
    expect(await group.job(delivery)).toMatchObject({ state: 'ready', attempts: 0 });
    expect(await group.submission(delivery)).toMatchObject({ state: 'ready', attempts: 0, inDoubt: false });
    group.gateway();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', attempts: 1 });
    expect(dmp.deposits).toHaveLength(1);
  });

  it('is never taken twice for one delivery by two gateways, nor by more at once than the limit says', async () => {
    group = await TestGroup.open(site, { dmp: { concurrency: { perOwner: 2 } } });
    const dmp = await group.dmp();
    dmp.delayMs = 20;
    group.gateway();
    group.gateway();
    const deliveries = await Promise.all(Array.from({ length: 16 }, () => group.request()));
    for (const delivery of deliveries) expect(await group.outcome(delivery)).toMatchObject({ attempts: 1 });
    expect(dmp.deposits).toHaveLength(16);
    expect(new Set(dmp.deposits.map(({ submission }) => submission.documents[0]?.entry.uniqueId)).size).toBe(16);
    expect(dmp.mostAtOnce).toBe(2);
  });
});
