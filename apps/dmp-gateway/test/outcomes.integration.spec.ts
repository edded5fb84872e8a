import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PfiError } from '@pfi/health';
import { eventually } from '@pfi/platform-testing';
import { openSite, sha1Of, TestGroup, type GhtChanges, type Site } from './gateway-under-test.js';
import { idsOf, type Behaviour, type DmpDouble } from './dmp-double.js';

jest.setTimeout(30_000);

let site: Site;
let group: TestGroup;
let dmp: DmpDouble;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

async function begin(changes: GhtChanges = {}): Promise<void> {
  group = await TestGroup.open(site, changes);
  dmp = await group.dmp();
}

afterEach(async () => {
  await group.close();
  expect(dmp.problems).toEqual([]);
});

describe('a deposit', () => {
  beforeEach(() => begin());

  it('is accepted: the very bytes, their metadata, a verified VIHF, one event', async () => {
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-accepted.v1',
      attempts: 1,
      outcomeCode: null,
      uniqueId: delivery.claim.document.uniqueId,
      reconciled: false,
    });
    const [deposit] = dmp.deposits;
    const [document] = deposit?.submission.documents ?? [];
    expect(document?.content.equals(delivery.content)).toBe(true);
    expect(document?.entry).toMatchObject({
      uniqueId: delivery.claim.document.uniqueId,
      hash: sha1Of(delivery.content),
      size: delivery.content.length,
      patientId: { value: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
    });
    expect(deposit?.vihf).toMatchObject({
      nameId: '812345678901',
      structureId: `1${group.finess}`,
      patientId: { value: '279035121518989' },
      authenticationMode: 'INDIRECTE',
    });
    const submission = await group.submission(delivery);
    expect([submission.state, submission.inDoubt]).toEqual(['accepted', false]);
  });

  it('is refused with the DMP’s own code after exactly one request', async () => {
    dmp.iti41.push({ refuse: 'DMPClosed' });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-refused.v1',
      attempts: 1,
      outcomeCode: 'DMPClosed',
      outcomeText: 'context of DMPClosed',
    });
    expect(dmp.deposits).toHaveLength(1);
    expect(dmp.lookUps).toEqual([]);
  });

  it('refused once may be asked for again, under the same ids', async () => {
    dmp.iti41.push({ refuse: 'DMPClosed' });
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'dmp.deposit-accepted.v1', attempts: 2 });
    expect(idsOf(dmp, 1)).toEqual(idsOf(dmp, 0));
  });

  it('already accepted is said again, not sent again', async () => {
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'dmp.deposit-accepted.v1', attempts: 1 });
    expect(dmp.deposits).toHaveLength(1);
  });

  it.each<[string, Behaviour]>([
    ['busy', { refuse: 'XDSRepositoryBusy' }],
    ['out of service (503)', { raw: { status: 503 } }],
    ['throttling (429)', { raw: { status: 429 } }],
  ])('to a DMP that is %s is tried again', async (_name, behaviour) => {
    dmp.iti41.push(behaviour, behaviour);
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', attempts: 3 });
    expect(idsOf(dmp, 2)).toEqual(idsOf(dmp, 0));
    const messages = dmp.deposits.flatMap(({ messageId, vihf }) => [messageId, vihf.assertionId]);
    expect(new Set(messages).size).toBe(6);
  });

  it('obeys Retry-After', async () => {
    dmp.iti41.push({ raw: { status: 503, headers: { 'retry-after': '1' } } });
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    const [first, second] = dmp.deposits;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it.each<[string, Behaviour, string]>([
    ['metadata that the DMP does not take', { refuse: 'XDSRepositoryMetadataError' }, 'XDSRepositoryMetadataError'],
    ['an unknown code', { refuse: 'SomethingNew' }, 'SomethingNew'],
    ['other bytes under the same id', { refuse: 'XDSNonIdenticalHash' }, 'XDSNonIdenticalHash'],
    ['a security fault', { fault: 'DMPInvalidCertificate' }, 'DMPInvalidCertificate'],
  ])('is parked at once for %s', async (_name, behaviour, code) => {
    dmp.iti41.push(behaviour);
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-parked.v1',
      attempts: 1,
      outcomeCode: code,
    });
    expect(dmp.deposits).toHaveLength(1);
  });

  it('that the documents service stops is cancelled, sends nothing, and goes when it is asked for again', async () => {
    const delivery = group.delivery();
    group.stops.set(delivery.deliveryId, ['DELIVERY_HELD']);
    group.gateway();
    await group.request(delivery);
    await eventually(async () => expect((await group.submission(delivery)).state).toBe('cancelled'));
    expect(dmp.deposits).toEqual([]);
    expect(await group.events(delivery)).toEqual([]);
    await group.request(delivery, 2);
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', attempts: 1 });
  });

  it('whose bytes do not fit their hash is parked, and nothing leaves', async () => {
    group.contentOf = () => Buffer.from('altered');
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ outcomeCode: 'ARTEFACT_ALTERED', attempts: 0 });
    expect(dmp.deposits).toEqual([]);
  });

  it('never sends other bytes under an id that left before', async () => {
    dmp.iti41.push({ refuse: 'DMPClosed' });
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    group.rewrite(delivery);
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ outcomeCode: 'ARTEFACT_CHANGED', attempts: 1 });
    expect(dmp.deposits).toHaveLength(1);
  });

  it('waits for the documents service as long as it takes', async () => {
    let failures = 12;
    group.contentOf = (delivery) => {
      if (failures-- > 0) throw new PfiError('DOCUMENTS_UNAVAILABLE', 'unavailable', 'Indisponible.');
      return delivery.content;
    };
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({ type: 'dmp.deposit-accepted.v1', attempts: 1 });
  });

  it('that fails for an unforeseen reason is parked with an event, and can be asked for again', async () => {
    let broken = true;
    group.contentOf = (delivery) => {
      if (broken) throw new TypeError('unforeseen');
      return delivery.content;
    };
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-parked.v1',
      outcomeCode: 'JOB_FAILED',
      attempts: 0,
    });
    broken = false;
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'dmp.deposit-accepted.v1' });
  });
});

describe('a deposit that may never pass', () => {
  it('is tried a limited number of times', async () => {
    await begin({ dmp: { maxErrorAttempts: 2 } });
    dmp.iti41.push({ refuse: 'XDSRegistryBusy' }, { refuse: 'XDSRegistryError' }, { refuse: 'XDSRegistryError' });
    group.gateway();
    const delivery = await group.request();
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'dmp.deposit-parked.v1',
      outcomeCode: 'XDSRegistryError',
      attempts: 3,
    });
  });

  it('is parked as expired after a last try, and says whether the document may be there', async () => {
    await begin({ delays: { dmp: { giveUp: 'PT0.001S' } } });
    dmp.iti41.push({ raw: { status: 503 } }, 'drop');
    group.gateway();
    const away = await group.request();
    expect(await group.outcome(away)).toMatchObject({
      type: 'dmp.deposit-parked.v1',
      outcomeCode: 'EXPIRED',
      attempts: 1,
    });
    expect((await group.submission(away)).inDoubt).toBe(false);
    const doubtful = await group.request();
    expect(await group.outcome(doubtful)).toMatchObject({ outcomeCode: 'EXPIRED', attempts: 1 });
    expect((await group.submission(doubtful)).inDoubt).toBe(true);
    expect(dmp.lookUps).toEqual([]);
  });

  it('parked in doubt looks before it sends when a person replays it', async () => {
    await begin({ delays: { dmp: { giveUp: 'PT0.001S' } } });
    dmp.iti41.push('commit-then-drop');
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({
      type: 'dmp.deposit-accepted.v1',
      attempts: 1,
      reconciled: true,
    });
    expect(dmp.deposits).toHaveLength(1);
  });
});
