import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { elevenStays } from './eleven-stays.js';
import { IndicatorsUnderTest, interleaved, testBus } from './indicators-under-test.js';
import { DocumentStory, stayStory } from './stories.js';

const COLUMNS = { 'DS1.1': '4/8', 'DS1.2': '4/8' };

let service: IndicatorsUnderTest;

/** What `tell` adds to the rates of F3. */
async function added(tell: () => Promise<void>): Promise<Record<string, string>> {
  const before = await service.counts('window=F3');
  await tell();
  const after = await service.counts('window=F3');
  return Object.fromEntries(
    Object.entries(after).map(([code, count]) => {
      const [now, then] = [count, before[code] ?? '0/0'].map((text) => text.split('/').map(Number));
      return [code, `${(now?.[0] ?? 0) - (then?.[0] ?? 0)}/${(now?.[1] ?? 0) - (then?.[1] ?? 0)}`];
    }),
  );
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

describe('the projection', () => {
  beforeAll(async () => {
    service = await IndicatorsUnderTest.open();
  });
  afterAll(() => service.close());

  it('is the same whichever topic comes first, each judged before the next comes', async () => {
    for (const order of permutations(['pfi.identity', 'pfi.documents', 'pfi.dmp'])) {
      const events = elevenStays().flatMap((one) => one.events);
      const counted = await added(async () => {
        for (const topic of order) await service.tell(...events.filter((event) => event.topic === topic));
      });
      expect({ order, ...counted }).toMatchObject(COLUMNS);
    }
  });

  it('is the same however events are interleaved, and when each comes twice', async () => {
    for (let run = 0; run < 5; run += 1) {
      const mixed = interleaved(elevenStays().flatMap((one) => one.events));
      const counted = await added(async () => {
        await service.tell(...mixed);
        await service.tell(...interleaved(mixed));
      });
      expect(counted).toMatchObject(COLUMNS);
    }
  });

  it('keeps its daily counts equal to its verdicts', async () => {
    const [wrong] = await service.test.admin<{ count: string }>(
      `SELECT count(*) FROM (
         SELECT generation, code, establishment, day, count(*) FILTER (WHERE gross = 'numerator') AS gn,
           count(*) FILTER (WHERE gross <> 'excluded') AS gd, count(*) FILTER (WHERE net = 'numerator') AS nn,
           count(*) FILTER (WHERE net <> 'excluded') AS nd
         FROM indicators.verdict WHERE unit_group IS NULL GROUP BY 1, 2, 3, 4) AS v
       FULL JOIN indicators.daily_count d USING (generation, code, establishment, day)
       WHERE (coalesce(gn, 0), coalesce(gd, 0), coalesce(nn, 0), coalesce(nd, 0))
         IS DISTINCT FROM (coalesce(gross_numerator, 0)::bigint, coalesce(gross_denominator, 0)::bigint,
                           coalesce(net_numerator, 0)::bigint, coalesce(net_denominator, 0)::bigint)`,
    );
    expect(wrong?.count).toBe('0');
  });
});

describe('on Kafka', () => {
  beforeAll(async () => {
    service = await IndicatorsUnderTest.open({ bus: testBus() });
  });
  afterAll(() => service.close());

  it('events that come together from all topics count exactly', async () => {
    const counted = await added(() => service.tell(...interleaved(elevenStays().flatMap((one) => one.events))));
    expect(counted).toMatchObject(COLUMNS);
  });

  it('a rate follows an event within two seconds', async () => {
    const { events } = stayStory({ endedAt: '2030-01-15T10:00:00.000Z' }, {}, (number) => [
      new DocumentStory(number).deposited(),
    ]);
    await service.publish(events);
    await eventually(
      async () => expect(await service.counts('from=2030-01-01&to=2030-01-31')).toMatchObject({ 'DS1.1': '1/1' }),
      { timeoutMs: 2_000, everyMs: 25 },
    );
  });
});
