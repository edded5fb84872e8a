import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { elevenStays } from './eleven-stays.js';
import { IndicatorsUnderTest, interleaved } from './indicators-under-test.js';
import { RepublishingOwners } from './republishing-owners.js';
import { DocumentStory, stayStory, type Told } from './stories.js';

let service: IndicatorsUnderTest;
let owners: RepublishingOwners;
let folder: string;
const told: Told[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pfi-indicators-'));
  await writeFile(join(folder, 'secret'), 'secret');
  owners = await RepublishingOwners.open(
    {
      PFI_IDENTITY_URL: 'pfi.identity',
      PFI_DOCUMENTS_URL: 'pfi.documents',
      PFI_DMP_GATEWAY_URL: 'pfi.dmp',
      PFI_MSS_GATEWAY_URL: 'pfi.mss',
    },
    () => told,
    (events) => service.publish(interleaved(events)),
  );
  service = await IndicatorsUnderTest.open({
    config: { ...owners.urls, PFI_OIDC_CLIENT_SECRET_FILE: join(folder, 'secret') },
  });
});
afterAll(async () => {
  await service?.close();
  await owners?.close();
  await rm(folder, { recursive: true });
});

async function tell(...events: Told[]): Promise<void> {
  told.push(...events);
  await service.tell(...events);
}

interface Progress {
  readonly generations: readonly { readonly id: number; readonly state: string }[];
  readonly missing: Record<string, number>;
}
const live = async () => {
  const { body } = await service.get<Progress>('/rebuild', { roles: ['admin'] });
  return body.generations.find(({ state }) => state === 'live')?.id;
};
const rebuilt = (generation: number) =>
  eventually(async () => expect(await live()).toBe(generation), { timeoutMs: 20_000 });

/** Every verdict and count of the generation that is read. */
const verdicts = () =>
  service.test.admin(
    `SELECT v.stay_id, code, day, gross, net, reason, detail, unit_group, documents FROM indicators.verdict v
     JOIN indicators.generation g ON g.id = v.generation AND g.state = 'live' ORDER BY stay_id, code`,
  );

const stories = () => [
  ...elevenStays().flatMap(({ events }) => events),
  ...stayStory({}, {}, (number) => [new DocumentStory(number, { typeCode: 'any' }).mailed('sent')]).events,
  ...stayStory({}, {}, (number) => [new DocumentStory(number).mailed('bounced')]).events,
  ...stayStory({ patientClass: 'R' }, {}, (number) => [new DocumentStory(number).deposited()]).events,
];

describe('a rebuild from what the owners publish again', () => {
  it('gives the very projection that events had built, while live rates stay', async () => {
    await tell(...interleaved(stories()));
    const [before, rates] = [await verdicts(), await service.counts('window=F3')];
    let open = (): void => undefined;
    owners.gate = new Promise((resolve) => (open = resolve));
    expect((await service.post('/rebuild')).status).toBe(202);
    await eventually(() => expect(owners.asked).toHaveLength(4));
    expect(await service.counts('window=F3')).toEqual(rates);
    const again = await service.post('/rebuild');
    expect([again.status, again.body['code']]).toEqual([409, 'REBUILD_RUNNING']);
    open();
    await rebuilt(2);
    expect(await verdicts()).toEqual(before);
    expect(await service.counts('window=F3')).toEqual(rates);
  });

  it('keeps what came meanwhile, mends what was lost, and leaves nothing of the old one', async () => {
    await service.test.admin(`DELETE FROM indicators.document`);
    await service.test.admin(`UPDATE indicators.verdict SET gross = 'excluded'`);
    let open = (): void => undefined;
    owners.gate = new Promise((resolve) => (open = resolve));
    await service.post('/rebuild');
    await eventually(() => expect(owners.asked).toHaveLength(8));
    await tell(
      ...stayStory({ endedAt: '2031-05-05T10:00:00.000Z' }, {}, (number) => [new DocumentStory(number).deposited()])
        .events,
    );
    expect(await service.counts('from=2031-05-01&to=2031-05-31')).toMatchObject({ 'DS1.1': '1/1' });
    open();
    await rebuilt(3);
    expect(await service.counts('from=2031-05-01&to=2031-05-31')).toMatchObject({ 'DS1.1': '1/1' });
    expect(await service.counts('window=F3')).toMatchObject({ 'DS1.1': '5/11', 'DS4.2': '1/11' });
    for (const table of ['patient', 'stay', 'document', 'delivery', 'verdict', 'daily_count']) {
      await eventually(async () =>
        expect(await service.test.admin(`SELECT DISTINCT generation FROM indicators.${table}`)).toEqual([
          { generation: 3 },
        ]),
      );
    }
  });

  it('is not swapped while something that an owner published has not come, and may be abandoned', async () => {
    owners.gate = Promise.resolve();
    const publish = service.publish.bind(service);
    service.publish = (events) => publish(events.slice(1));
    await service.post('/rebuild');
    const looks = new Set<string>();
    await eventually(
      async () => {
        const [job] = await service.test.admin<{ run_at: Date; state: string }>(
          `SELECT run_at, state FROM indicators.job WHERE queue = 'rebuild' AND key = '4'`,
        );
        looks.add(`${job?.state === 'done'} ${job?.run_at.toISOString()}`);
        expect(looks.size).toBeGreaterThan(6);
      },
      { timeoutMs: 30_000, everyMs: 100 },
    );
    const { body } = await service.get<Progress>('/rebuild', { roles: ['admin'] });
    expect(Object.values(body.missing).reduce((sum, events) => sum + events, 0)).toBe(4);
    expect(await live()).toBe(3);
    const abandoned = await service.abandonRebuild();
    expect(abandoned).toBe(204);
    expect(await live()).toBe(3);
    service.publish = publish;
  });

  it('is for administrators', async () => {
    expect((await service.post('/rebuild', ['operator'])).status).toBe(403);
    expect((await service.get('/rebuild', { roles: ['reader'] })).status).toBe(403);
  });
});
