import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DmpDouble } from './dmp-double.js';
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
  group.gateway();
});
afterEach(async () => {
  await group.close();
  expect(dmp.problems).toEqual([]);
});
afterAll(() => site?.close());

/** A document that is in the DMP. */
async function deposited() {
  const delivery = await group.request();
  const { entryUuid = '' } = await group.outcome(delivery);
  return { delivery, entryUuid };
}

const statuses = (): string[] => dmp.entries.map(({ status }) => status);

describe('a replacement', () => {
  it('names the entry that it takes the place of', async () => {
    const { delivery, entryUuid } = await deposited();
    const next = await group.request(group.after(delivery, 'replace', entryUuid));
    expect(await group.outcome(next, 2)).toMatchObject({ type: 'dmp.deposit-accepted.v1' });
    const [document] = dmp.deposits[1]?.submission.documents ?? [];
    expect(dmp.deposits[1]?.submission.replacements).toEqual([
      { newEntryUuid: document?.entry.entryUuid, oldEntryUuid: entryUuid },
    ]);
    expect(statuses()).toEqual(['Deprecated', 'Approved']);
  });

  it('of an entry whose id was not kept looks for it first', async () => {
    const { delivery, entryUuid } = await deposited();
    const next = await group.request(group.after(delivery, 'replace', null));
    await group.outcome(next, 2);
    expect(dmp.lookUps).toEqual([delivery.claim.document.uniqueId]);
    expect(dmp.deposits[1]?.submission.replacements?.[0]?.oldEntryUuid).toBe(entryUuid);
  });

  it('of what is not in the DMP after all is a plain deposit', async () => {
    const never = group.delivery();
    const next = await group.request(group.after(never, 'replace', null));
    expect(await group.outcome(next)).toMatchObject({ type: 'dmp.deposit-accepted.v1' });
    expect(dmp.deposits[0]?.submission.replacements ?? []).toEqual([]);
  });

  it('whose answer was lost is found, and not sent a second time', async () => {
    const { delivery, entryUuid } = await deposited();
    dmp.iti41.push('commit-then-drop');
    const next = await group.request(group.after(delivery, 'replace', entryUuid));
    expect(await group.outcome(next, 2)).toMatchObject({ reconciled: true });
    expect(dmp.deposits).toHaveLength(2);
  });

  it('of what another one replaced meanwhile asks for a person', async () => {
    const { delivery, entryUuid } = await deposited();
    const refuse = { refuse: 'XDSRegistryDeprecatedDocumentError' };
    dmp.iti41.push(refuse, refuse, refuse);
    const next = await group.request(group.after(delivery, 'replace', entryUuid));
    expect(await group.outcome(next, 2)).toMatchObject({
      type: 'dmp.deposit-parked.v1',
      outcomeCode: 'XDSRegistryDeprecatedDocumentError',
    });
  });
});

describe('a withdrawal', () => {
  it('deletes the entry and says so', async () => {
    const { delivery, entryUuid } = await deposited();
    const next = await group.request(group.after(delivery, 'withdraw', entryUuid));
    expect(await group.outcome(next, 2)).toMatchObject({
      type: 'dmp.withdrawal-accepted.v1',
      entryUuid,
      uniqueId: delivery.claim.document.uniqueId,
    });
    expect(statuses()).toEqual(['Deleted']);
    expect(await group.submission(next)).toMatchObject({ operation: 'withdraw', state: 'accepted' });
  });

  it('whose answer was lost is found done, and not asked a second time', async () => {
    const { delivery, entryUuid } = await deposited();
    dmp.updates.push('commit-then-drop');
    const next = await group.request(group.after(delivery, 'withdraw', entryUuid));
    expect(await group.outcome(next, 2)).toMatchObject({ type: 'dmp.withdrawal-accepted.v1' });
    expect(dmp.deletions).toEqual([entryUuid]);
  });

  it('that never arrived is asked again', async () => {
    const { delivery, entryUuid } = await deposited();
    dmp.updates.push('drop');
    const next = await group.request(group.after(delivery, 'withdraw', entryUuid));
    await group.outcome(next, 2);
    expect(dmp.deletions).toEqual([entryUuid, entryUuid]);
    expect(statuses()).toEqual(['Deleted']);
  });

  it('of an entry whose id was not kept looks for it', async () => {
    const { delivery, entryUuid } = await deposited();
    const next = await group.request(group.after(delivery, 'withdraw', null));
    await group.outcome(next, 2);
    expect(dmp.deletions).toEqual([entryUuid]);
  });

  it('of what is not there is done', async () => {
    const never = group.delivery();
    const next = await group.request(group.after(never, 'withdraw', null));
    expect(await group.outcome(next)).toMatchObject({ type: 'dmp.withdrawal-accepted.v1' });
    expect(dmp.deletions).toEqual([]);
  });

  it.each([
    ['DMPClosed', 'dmp.deposit-refused.v1'],
    ['XDSMetadataUpdateError', 'dmp.deposit-parked.v1'],
  ])('that the DMP refuses with %s ends as %s', async (refuse, type) => {
    const { delivery, entryUuid } = await deposited();
    dmp.updates.push({ refuse });
    const next = await group.request(group.after(delivery, 'withdraw', entryUuid));
    expect(await group.outcome(next, 2)).toMatchObject({ type, outcomeCode: refuse });
  });

  it('is tried again when the registry is busy', async () => {
    const { delivery, entryUuid } = await deposited();
    dmp.updates.push({ refuse: 'XDSRegistryBusy' });
    const next = await group.request(group.after(delivery, 'withdraw', entryUuid));
    expect(await group.outcome(next, 2)).toMatchObject({ type: 'dmp.withdrawal-accepted.v1', attempts: 2 });
  });
});
