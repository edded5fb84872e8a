import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { eventually } from '@pfi/platform-testing';
import { migrations } from '../src/persistence/migrations/index.js';
import { IndicatorsUnderTest, type Rate } from './indicators-under-test.js';
import { DocumentStory, stayStory } from './stories.js';
import { testGroup } from './test-group.js';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase([{ schema: 'indicators', migrations }]);
});
afterAll(() => test?.drop());

const YEAR = 'from=2023-01-01&to=2023-12-31';
const letterRate = async (service: IndicatorsUnderTest) =>
  (await service.get<{ items: Rate[] }>(`/indicators?${YEAR}`)).body.items[0];

describe('settings that change', () => {
  it('judge every stay again, under another hash', async () => {
    const before = await IndicatorsUnderTest.open({ test });
    await before.tell(
      ...stayStory({}, {}, (number) => [new DocumentStory(number, { typeCode: '34112-3' }).deposited()]).events,
      ...stayStory({ patientClass: 'E' }).events,
    );
    const old = await letterRate(before);
    expect(old).toMatchObject({ numerator: 1, denominator: 1, settled: true });
    await before.close();

    const ght = testGroup({
      stayClasses: ['I', 'R', 'E'],
      byIndicator: { 'DS1.1': { documentTypes: ['11490-0'] } },
      targets: { 'DS1.1': 80 },
    });
    const after = await IndicatorsUnderTest.open({ test, ght });
    const changed = await eventually(async () => {
      const rate = await letterRate(after);
      expect(rate).toMatchObject({ settled: true });
      return rate;
    });
    expect(changed).toMatchObject({ numerator: 0, denominator: 2, target: 80, reached: false });
    expect(changed?.['definition']).not.toEqual(old?.['definition']);
    await after.close();
  });
});
