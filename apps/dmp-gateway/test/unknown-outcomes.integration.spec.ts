import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import type { DepositParts } from '../src/deposit/deposit.js';
import type { ProvideAndRegister } from '../src/gateways/iti-41-provide-and-register/provide-and-register.gateway.js';
import { idsOf, type Behaviour, type DmpDouble } from './dmp-double.js';
import { openSite, TestGroup, type Site } from './gateway-under-test.js';

jest.setTimeout(30_000);

let site: Site;
let group: TestGroup;
let dmp: DmpDouble;

beforeAll(async () => {
  site = await openSite();
});

beforeEach(async () => {
  group = await TestGroup.open(site, { delays: { dmp: { totalTimeout: 'PT1S' } } });
  dmp = await group.dmp();
});

afterEach(async () => {
  await group.close();
  expect(dmp.problems).toEqual([]);
});

afterAll(() => site?.close());

const CLOSED = { errorCode: 'DMPClosed', codeContext: 'fermé', severity: 'Error' } as const;

/** A gateway that dies on the wire: the exchange is made, or not, and nothing of this run goes on. */
function dyingGateway({ sends }: { sends: boolean }): { reached: Promise<void>; kill: () => Promise<unknown> } {
  let reach: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const wrap = (parts: DepositParts): DepositParts => {
    const prepare: ProvideAndRegister['prepare'] = (...given) => {
      const post = parts.provideAndRegister.prepare(...given);
      return async () => {
        if (sends) await post();
        reach();
        return new Promise<never>(() => undefined);
      };
    };
    return { ...parts, provideAndRegister: { prepare } as ProvideAndRegister };
  };
  const runner = group.gateway({ leaseMs: 300, wrap });
  return { reached, kill: () => runner.stop(0) };
}

describe('an unknown outcome', () => {
  it('of a document that the DMP took is found by its id: one entry, no second request', async () => {
    dmp.iti41.push('commit-then-drop');
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-accepted.v1',
      attempts: 1,
      reconciled: true,
      entryUuid: dmp.entries[0]?.entryUuid,
    });
    expect(dmp.entries).toHaveLength(1);
    expect(dmp.deposits).toHaveLength(1);
    expect(dmp.lookUps).toEqual([delivery.claim.document.uniqueId]);
  });

  it.each<[string, Behaviour]>([
    ['a cut connection', 'drop'],
    [
      'a page of HTML',
      { raw: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Success</html>' } },
    ],
    ['an empty 200', { raw: { status: 200 } }],
    [
      'a truncated answer',
      {
        raw: {
          status: 200,
          headers: { 'content-type': 'application/soap+xml' },
          body: '<Envelope status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"',
          truncated: true,
        },
      },
    ],
    ['a 500 without body', { raw: { status: 500 } }],
  ])('after %s is sent again, same ids and bytes, when three look-ups found nothing', async (_name, behaviour) => {
    dmp.iti41.push(behaviour);
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-accepted.v1',
      attempts: 2,
      reconciled: false,
    });
    expect(dmp.lookUps).toHaveLength(3);
    expect(idsOf(dmp, 1)).toEqual(idsOf(dmp, 0));
    expect(dmp.entries).toHaveLength(1);
  });

  it('of a DMP that takes too long is found once it is there', async () => {
    dmp.delayMs = 2_000;
    group.gateway();
    const delivery = await group.request();
    await eventually(async () =>
      expect(await group.submission(delivery)).toMatchObject({ state: 'unknown', inDoubt: true }),
    );
    dmp.keepAll();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-accepted.v1',
      attempts: 1,
      reconciled: true,
    });
    expect(dmp.deposits).toHaveLength(1);
  });

  it('with other bytes under our id is a person’s work', async () => {
    dmp.iti41.push('drop');
    const delivery = group.delivery();
    dmp.entries.push({
      entryUuid: 'urn:uuid:11111111-1111-4111-8111-111111111111',
      uniqueId: delivery.claim.document.uniqueId,
      hash: '0'.repeat(40),
      size: 1,
      status: 'Approved',
      patientId: '279035121518989',
      repositoryUniqueId: null,
    });
    group.gateway();
    await group.request(delivery);
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-parked.v1',
      outcomeCode: 'XDSNonIdenticalHash',
      attempts: 1,
    });
  });

  it('is not settled by look-ups that fail', async () => {
    dmp.iti41.push('commit-then-drop');
    dmp.iti18.push({ raw: { status: 503 } }, { fault: 'DMPInvalidRequest' }, { raw: { status: 200 } }, 'drop');
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', reconciled: true });
    expect(dmp.deposits).toHaveLength(1);
    expect(dmp.lookUps).toHaveLength(5);
  });

  it('is looked up when the DMP knows the submission set already', async () => {
    dmp.iti41.push({ refuse: 'XDSDuplicateUniqueIdInRegistry', keep: true });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', reconciled: true });
  });

  it('is looked up after a partial success with an error', async () => {
    dmp.iti41.push({ refuse: 'XDSRegistryBusy', status: 'PartialSuccess', keep: true });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', reconciled: true });
    expect(dmp.deposits).toHaveLength(1);
  });
});

describe('a gateway that dies', () => {
  it('between intent and first byte leaves a deposit that is looked up, then sent once', async () => {
    const dying = dyingGateway({ sends: false });
    const delivery = await group.request();
    await dying.reached;
    await dying.kill();
    expect((await group.submission(delivery)).state).toBe('sending');
    group.gateway();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', attempts: 2 });
    expect(dmp.lookUps).toHaveLength(3);
    expect(dmp.deposits).toHaveLength(1);
  });

  it('after the DMP’s commit leaves a deposit that is found, not sent again', async () => {
    const dying = dyingGateway({ sends: true });
    const delivery = await group.request();
    await dying.reached;
    await dying.kill();
    group.gateway();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-accepted.v1',
      attempts: 1,
      reconciled: true,
    });
    expect(dmp.deposits).toHaveLength(1);
    expect(dmp.entries).toHaveLength(1);
  });

  it('and comes back writes nothing over what another did', async () => {
    let resume: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (resume = resolve));
    let posted: Promise<unknown> | undefined;
    const runner = group.gateway({
      leaseMs: 200,
      wrap: (parts) => {
        const prepare: ProvideAndRegister['prepare'] = (...given) => {
          const post = parts.provideAndRegister.prepare(...given);
          return () => {
            const answer = slow.then(() => ({ kind: 'response', status: 'Failure', errors: [CLOSED] }) as const);
            posted = answer;
            return post().then(() => answer);
          };
        };
        return { ...parts, provideAndRegister: { prepare } as ProvideAndRegister };
      },
    });
    const delivery = await group.request();
    await eventually(() => expect(dmp.deposits).toHaveLength(1));
    await runner.stop(0);
    group.gateway();
    expect(await group.outcome(delivery)).toMatchObject({ reconciled: true });
    resume();
    await posted;
    await eventually(() => expect(runner.inFlight).toBe(0));
    expect((await group.submission(delivery)).state).toBe('accepted');
    expect(await group.events(delivery)).toHaveLength(1);
  });
});
