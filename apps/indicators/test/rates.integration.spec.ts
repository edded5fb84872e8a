import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertRowLevelSecurity } from '@pfi/platform-postgres/testing';
import { elevenStays } from './eleven-stays.js';
import { IndicatorsUnderTest, interleaved, type Rate } from './indicators-under-test.js';
import { DocumentStory, patient, patientState, stay, stayState, stayStory, told } from './stories.js';
import { patientChangedV1, stayChangedV1 } from '@pfi/contracts';
import { DOMAIN, EG_A, EG_B, EJ, OTHER_EG, OTHER_EJ, OWNER } from './test-group.js';

let service: IndicatorsUnderTest;
beforeAll(async () => {
  service = await IndicatorsUnderTest.open();
});
afterAll(() => service?.close());

/** A month of its own for each test, so that nothing else is counted in it. */
let month = 0;
function freshMonth(): { readonly query: string; readonly at: (day: number) => { endedAt: string } } {
  month += 1;
  const text = `${2000 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
  return {
    query: `from=${text}-01&to=${text}-28`,
    at: (day) => ({ endedAt: `${text}-${String(day).padStart(2, '0')}T10:00:00.000Z` }),
  };
}
const letter = (number: string) => [new DocumentStory(number).deposited()];

describe('the eleven stays told by events in any order', () => {
  it('count exactly, gross and net', async () => {
    const stays = elevenStays();
    await service.tell(...interleaved(stays.flatMap(({ events }) => events)));
    expect(await service.counts('window=F3&view=gross')).toMatchObject({ 'DS1.1': '4/8', 'DS1.2': '4/8' });
    expect(await service.counts('window=F3&view=net')).toMatchObject({ 'DS1.1': '4/5', 'DS1.2': '4/5' });
    const { body } = await service.get<{ items: Rate[] }>('/indicators?window=F3&view=net');
    expect(body.items[0]).toMatchObject({
      code: 'DS1.1',
      view: 'net',
      from: '2023-01-01',
      to: '2023-06-30',
      perimeter: 'ght',
      rate: 80,
      target: 64,
      reached: true,
      definition: { version: expect.any(String), hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      settled: true,
    });
  });

  it('are explained one by one, and the list agrees with the rate', async () => {
    const shown = await service.stays('DS1.1', 'window=F3&view=net&limit=3');
    expect(shown.map(({ day, counted, reason }) => `${String(day)} ${counted} ${reason.code}`)).toEqual([
      '2023-06-30 numerator FED',
      '2023-05-20 denominator DOCUMENT_WITHDRAWN',
      '2023-05-05 excluded CLASS_NOT_COUNTED',
      '2023-04-02 numerator FED',
      '2023-03-07 excluded DMP_CLOSED',
      '2023-03-05 excluded DMP_OPPOSED',
      '2023-03-01 excluded DECEASED',
      '2023-02-10 excluded NO_QUALIFIED_INS',
      '2023-02-03 numerator FED',
      '2023-02-01 numerator FED',
    ]);
    expect(shown[0]?.documents.map(({ state }) => state)).toEqual(['fed', 'replaced']);
    const excluded = await service.stays('DS1.1', 'window=F3&view=net&counted=excluded');
    expect(excluded).toHaveLength(5);
  });

  it('make a trend of months', async () => {
    const { body } = await service.get<{ items: Rate[] }>('/indicators/DS1.1/trend?window=F3&step=month');
    expect(body.items.map(({ from, numerator, denominator }) => `${String(from)} ${numerator}/${denominator}`)).toEqual(
      ['2023-01-01 0/0', '2023-02-01 2/3', '2023-03-01 0/2', '2023-04-01 1/1', '2023-05-01 0/1', '2023-06-01 1/1'],
    );
    expect(body.items[0]).toMatchObject({ rate: null, target: 64, reached: null });
  });
});

describe('what changes later', () => {
  it('an identity that is qualified brings the stay back into the net view', async () => {
    const { query, at } = freshMonth();
    const person = patientState({ status: 'provisoire', ins: null });
    await service.tell(told(patientChangedV1, person, DOMAIN), stay(person.patientId, at(3)));
    expect(await service.counts(`${query}&view=net`)).toMatchObject({ 'DS1.1': '0/0' });
    const qualified = patientState({ patientId: person.patientId, version: 2 });
    await service.tell(told(patientChangedV1, qualified, DOMAIN));
    expect(await service.counts(`${query}&view=net`)).toMatchObject({ 'DS1.1': '0/1' });
  });

  it('an older version that comes late changes nothing', async () => {
    const { query, at } = freshMonth();
    const person = patientState();
    const now = stayState(person.patientId, { ...at(4), version: 3 });
    const before = { ...now, version: 2, state: 'open' as const, endedAt: null };
    await service.tell(told(patientChangedV1, person, DOMAIN), told(stayChangedV1, now, OWNER));
    await service.tell(told(stayChangedV1, before, OWNER));
    expect(await service.counts(query)).toMatchObject({ 'DS1.1': '0/1' });
    await service.tell(told(stayChangedV1, { ...before, version: 4 }, OWNER));
    expect(await service.counts(query)).toMatchObject({ 'DS1.1': '0/0' });
  });

  it('a stay follows its patient to the survivor of a merge', async () => {
    const { query, at } = freshMonth();
    const [gone, kept] = [patientState({ status: 'provisoire', ins: null }), patientState()];
    await service.tell(told(patientChangedV1, gone, DOMAIN), stay(gone.patientId, at(5)));
    await service.tell(told(patientChangedV1, { ...gone, version: 2, mergedInto: kept.patientId }, DOMAIN));
    await service.tell(told(patientChangedV1, kept, DOMAIN));
    expect(await service.counts(`${query}&view=net`)).toMatchObject({ 'DS1.1': '0/1' });
    const opposed = { ...kept, version: 2, dmpOpposition: 'opposed' as const };
    await service.tell(told(patientChangedV1, opposed, DOMAIN));
    expect((await service.stays('DS1.1', query))[0]?.reason.code).toBe('DMP_OPPOSED');
  });

  it('a test patient counts nowhere', async () => {
    const { query, at } = freshMonth();
    await service.tell(...stayStory(at(6), { fictitious: true }, letter).events);
    expect(await service.counts(query)).toMatchObject({ 'DS1.1': '0/0' });
    expect((await service.stays('DS1.1', query))[0]?.reason.code).toBe('TEST_PATIENT');
  });
});

describe('sessions', () => {
  it('count once a month for each patient, and the list shows the one that counts', async () => {
    const { query, at } = freshMonth();
    const person = patient();
    const id = (person.payload as { patientId: string }).patientId;
    const sessions = [2, 4, 6].map((day) => stayState(id, { ...at(day), patientClass: 'R' }));
    await service.tell(
      person,
      ...sessions.map((one) => told(stayChangedV1, one, OWNER)),
      ...new DocumentStory(sessions[1]?.number ?? '').deposited().events,
    );
    expect(await service.counts(query)).toMatchObject({ 'DS1.1': '1/1', 'DS4.2': '0/1' });
    const shown = await service.stays('DS1.1', query);
    expect(shown.map(({ stay: number, reason }) => `${number === sessions[1]?.number} ${reason.code}`)).toEqual([
      'false SEANCE_GROUPED',
      'true FED',
      'false SEANCE_GROUPED',
    ]);
    expect(await service.stays('DS4.2', `${query}&counted=denominator`)).toHaveLength(1);
  });
});

describe('messages to patients', () => {
  it('count until they bounce, whatever the document; mail to professionals does not', async () => {
    const { query, at } = freshMonth();
    const told = (tell: (number: string) => DocumentStory[]) => stayStory(at(8), {}, tell).events;
    await service.tell(
      ...interleaved([
        ...told((number) => [new DocumentStory(number, { typeCode: 'any' }).mailed('sent')]),
        ...told((number) => [new DocumentStory(number).mailed('bounced')]),
        ...told((number) => [new DocumentStory(number).mailed('sent', 'mss-pro')]),
        ...told(() => []),
      ]),
    );
    expect(await service.counts(`${query}&view=gross`)).toMatchObject({ 'DS4.2': '1/4', 'DS1.1': '0/4' });
    expect(await service.counts(`${query}&view=net`)).toMatchObject({ 'DS4.2': '1/3' });
  });
});

describe('documents without stay', () => {
  it('are listed, and leave the list when the stay is known', async () => {
    const [without, early] = [new DocumentStory(null), new DocumentStory('V-EARLY').deposited()];
    await service.tell(...without.events, ...early.events);
    const orphans = async () => {
      const { body } = await service.get<{ items: { documentId: string; reason: { code: string } }[] }>('/orphans');
      return new Map(body.items.map(({ documentId, reason }) => [documentId, reason.code]));
    };
    expect(Object.fromEntries(await orphans())).toMatchObject({
      [without.documentId]: 'STAY_NOT_GIVEN',
      [early.documentId]: 'STAY_UNKNOWN',
    });
    const { query, at } = freshMonth();
    await service.tell(...stayStory({ ...at(9), number: 'V-EARLY' }).events);
    expect((await orphans()).has(early.documentId)).toBe(false);
    expect(await service.counts(query)).toMatchObject({ 'DS1.1': '1/1' });
  });
});

describe('perimeters', () => {
  const both = freshMonth();
  beforeAll(async () => {
    const there = { ...both.at(10), legalEntity: OTHER_EJ, establishment: OTHER_EG };
    await service.tell(
      ...stayStory({ ...both.at(10), establishment: EG_A }, {}, letter).events,
      ...stayStory({ ...both.at(11), establishment: EG_B }).events,
      ...stayStory(there).events,
    );
  });
  const of = (perimeter: string, scopes = ['ght']) =>
    service.counts(`${both.query}&perimeter=${perimeter}`, { scopes });

  it('are the group, a legal entity or an establishment', async () => {
    const rates = await Promise.all(['ght', EJ, EG_A, EG_B, OTHER_EJ].map((perimeter) => of(perimeter)));
    expect(rates.map((rate) => rate['DS1.1'])).toEqual(['1/3', '1/2', '1/1', '0/1', '0/1']);
  });

  it('that are not one’s own are unknown, and the widest of one’s own is the default', async () => {
    const scopes = [`eg:${EG_B}`];
    expect(await of(EG_B, scopes)).toMatchObject({ 'DS1.1': '0/1' });
    expect(await service.counts(both.query, { scopes })).toMatchObject({ 'DS1.1': '0/1' });
    for (const perimeter of ['ght', EJ, EG_A, OTHER_EG, 'nowhere']) {
      for (const path of ['/indicators', '/indicators/DS1.1/stays', '/indicators/DS1.1/trend', '/orphans']) {
        const answer = await service.get(`${path}?perimeter=${perimeter}`, { scopes });
        expect([answer.status, answer.body['code']]).toEqual([404, 'PERIMETER_UNKNOWN']);
      }
    }
    const { body } = await service.get<{ items: { perimeter: string }[] }>('/perimeters', { scopes });
    expect(body.items.map(({ perimeter }) => perimeter)).toEqual([EG_B]);
  });

  it('show the stays of the establishment only', async () => {
    const seen = await service.stays('DS1.1', both.query, [`eg:${EG_B}`]);
    expect(seen.map(({ establishment }) => establishment)).toEqual([EG_B]);
  });

  it('are kept apart by row-level security too', async () => {
    const rows = await service.database.transaction([`eg:${EG_B}`], (tx) =>
      tx.query(`SELECT establishment FROM verdict UNION SELECT establishment FROM stay`),
    );
    expect(rows).toEqual([{ establishment: EG_B }]);
    await expect(assertRowLevelSecurity(service.test.adminUrl, 'indicators')).resolves.toBeUndefined();
  });
});

describe('questions', () => {
  it.each([
    ['/indicators?window=F9', 400, 'WINDOW_UNKNOWN'],
    ['/indicators?window=F3&from=2023-01-01', 400, 'PERIOD_INVALID'],
    ['/indicators?from=2023-01-01', 400, 'PERIOD_INVALID'],
    ['/indicators?from=2023-02-01&to=2023-01-01', 400, 'PERIOD_INVALID'],
    ['/indicators/DS1.1/trend?from=1900-01-01&to=2023-01-01', 400, 'PERIOD_INVALID'],
    ['/indicators?from=2023-02-31&to=2023-03-01', 400, 'PARAMETER_INVALID'],
    ['/indicators?view=both', 400, 'PARAMETER_INVALID'],
    ['/indicators?colour=blue', 400, 'PARAMETER_INVALID'],
    ['/indicators/DS9.9/stays', 404, 'INDICATOR_UNKNOWN'],
    ['/indicators/DS1.1/stays?cursor=abc', 400, 'CURSOR_INVALID'],
    [`/indicators/DS1.1/stays?cursor=${Buffer.from('["x","y"]').toString('base64url')}`, 400, 'CURSOR_INVALID'],
  ])('%s is answered %i %s', async (path, status, code) => {
    const answer = await service.get(path);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });

  it('are about the current month by default, and open to nobody without a role', async () => {
    const { body } = await service.get<{ items: Rate[] }>('/indicators');
    expect(body.items[0]).toMatchObject({ from: expect.stringMatching(/-01$/), target: null, reached: null });
    expect((await service.get('/indicators', { roles: ['gateway'] })).status).toBe(403);
  });

  it('about how stays are counted are answered with every definition', async () => {
    const { body } = await service.get<{ items: { definition: { code: string }; hash: string }[] }>('/definitions');
    expect(body.items.map(({ definition }) => definition.code)).toEqual(['DS1.1', 'DS1.2', 'DS4.2']);
  });
});
