import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openSite, TestGroup, type Site } from './gateway-under-test.js';
import type { MailOperatorDouble } from './mail-operator-double.js';

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
  group.gateway();
});
afterEach(async () => {
  await group.close();
  expect(operator.inClear).toEqual([]);
});
afterAll(() => site?.close());

const RPPS = '10000000017';
const byRpps = () => group.delivery({ recipient: { address: null, id: `8${RPPS}` } });
const reopened = async (changes: Parameters<typeof TestGroup.open>[1]): Promise<void> => {
  await group.close();
  group = await TestGroup.open(site, changes);
  operator = await group.operator();
  group.gateway();
};

describe('a professional whose address the source does not say', () => {
  it('is found in the directory by the RPPS', async () => {
    group.directory.published.set(RPPS, ['camille.medecin@cabinet.mssante.fr']);
    const delivery = await group.request(byRpps());
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'mss.message-sent.v1',
      address: 'camille.medecin@cabinet.mssante.fr',
    });
    expect(group.directory.searches).toHaveLength(1);
    expect(group.directory.searches[0]).toContain(`rpps.esante.gouv.fr|${RPPS}`);
  });

  it('is asked for once for several mails', async () => {
    group.directory.published.set(RPPS, ['camille.medecin@cabinet.mssante.fr']);
    for (let n = 0; n < 3; n += 1) await group.outcome(await group.request(byRpps()));
    expect(group.directory.searches).toHaveLength(1);
    expect(operator.mails).toHaveLength(3);
  });

  it('without a mailbox there asks for a person; published later and asked again, it goes', async () => {
    await reopened({ mss: { directory: { cacheFor: 'PT0.01S' } } });
    const delivery = await group.request(byRpps());
    expect(await group.outcome(delivery)).toMatchObject({
      ...{ type: 'mss.message-parked.v1', outcomeCode: 'ADDRESS_NOT_FOUND', attempts: 0, address: null },
    });
    expect(group.directory.searches.length).toBeGreaterThan(1);
    group.directory.published.set(RPPS, ['camille.medecin@cabinet.mssante.fr']);
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'mss.message-sent.v1' });
  });

  it.each<[string, number | string | 'drop', string]>([
    ['is down', 'drop', 'DIRECTORY_UNAVAILABLE'],
    ['answers 503', 503, 'DIRECTORY_HTTP_503'],
    ['answers 404', 404, 'DIRECTORY_HTTP_404'],
    ['answers no JSON', '<html>', 'DIRECTORY_UNAVAILABLE'],
  ])('waits while the directory %s: nobody is asked, nothing is concluded', async (_how, answer, code) => {
    group.directory.published.set(RPPS, ['camille.medecin@cabinet.mssante.fr']);
    group.directory.next.push(answer);
    const delivery = await group.request(byRpps());
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 1 });
    const [job] = await site.test.admin<{ code: string }>(
      `SELECT last_code AS code FROM mss.job WHERE owner = $1 AND key = $2`,
      [group.owner, `${delivery.deliveryId}:1`],
    );
    expect(job?.code).toBe(code);
  });

  it.each([
    ['the roles of several people', 'silent', ['10000000991', '10000000992'], undefined],
    ['what it says is another search', 'telling', ['10000000991'], undefined],
    ['another practitioner', 'silent', ['10000000991'], ['Practitioner?identifier=https://rpps.esante.gouv.fr|{rpps}']],
  ] as const)(
    'is never somebody else, when the directory answers with %s',
    async (_what, lenient, people, searches) => {
      await reopened({ mss: { directory: searches ? { searches } : {} } });
      group.directory.lenient = lenient;
      for (const rpps of people) group.directory.published.set(rpps, [`premier.venu.${rpps}@cabinet.mssante.fr`]);
      const delivery = await group.request(byRpps());
      await group.until(delivery, ({ outcomeCode }) => outcomeCode === 'DIRECTORY_ANSWER_FOREIGN');
      expect(operator.envelopes).toBe(0);
      expect(await group.events(delivery)).toEqual([]);
    },
  );

  it('with an address outside the space of trust there has none', async () => {
    group.directory.published.set(RPPS, ['camille@gmail.com']);
    expect(await group.outcome(await group.request(byRpps()))).toMatchObject({ outcomeCode: 'ADDRESS_NOT_FOUND' });
  });

  it.each([
    ['structure', '990000101'],
    ['professional', null],
    ['professional', 'interne-42'],
  ] as const)('and who is a %s known as %s is not looked for', async (kind, id) => {
    const delivery = await group.request(group.delivery({ recipient: { kind, id, address: null } }));
    expect(await group.outcome(delivery)).toMatchObject({ outcomeCode: 'ADDRESS_NOT_FOUND' });
    expect(group.directory.searches).toEqual([]);
  });
});

describe('an address that is not to be used', () => {
  it.each([
    ['outside the space of trust', 'camille@gmail.com'],
    ['looking like the space of trust', 'camille@mssante.fr.evil.example'],
    ['with a line break', 'a@chu.mssante.fr\r\nBcc: b@chu.mssante.fr'],
    ['with a NUL', 'a\0@chu.mssante.fr'],
    ['with a line separator', 'a\u2028@chu.mssante.fr'],
    ['as an encoded word', '=?utf-8?q?a=40evil.fr?=@chu.mssante.fr'],
    ['with a quoted local part', '"a@evil x"@chu.mssante.fr'],
    ['as a group', 'equipe:a@chu.mssante.fr;'],
    ['with a comment', 'a(b)@chu.mssante.fr'],
    ['of 2 000 characters', `${'a'.repeat(2_000)}@chu.mssante.fr`],
    ['of a patient, which only a qualified INS makes', '279035121518989@patient.mssante.fr'],
  ])('(%s) refuses the mail, and nobody is spoken to', async (_what, address) => {
    const delivery = await group.request(group.delivery({ recipient: { address } }));
    const outcome = await group.outcome(delivery);
    expect(outcome).toMatchObject({ type: 'mss.message-refused.v1', outcomeCode: 'ADDRESS_INVALID', attempts: 0 });
    expect(JSON.stringify(outcome)).not.toContain('279035121518989');
    expect(operator.connections).toBe(0);
  });

  it('to answer to refuses it as well', async () => {
    const delivery = await group.request(group.delivery({ mail: { replyTo: 'secretariat@gmail.com' } }));
    expect(await group.outcome(delivery)).toMatchObject({ outcomeCode: 'ADDRESS_INVALID', attempts: 0 });
  });

  it('because the INS of the patient is not there asks for a person', async () => {
    const patient = { matricule: null, oid: null };
    const delivery = await group.request(group.delivery({ channel: 'mss-patient', patient }));
    expect(await group.outcome(delivery)).toMatchObject({
      type: 'mss.message-parked.v1',
      outcomeCode: 'INS_REQUIRED',
      attempts: 0,
    });
    expect(operator.connections).toBe(0);
  });
});

describe('a mail that is too large', () => {
  it('for the group is refused before it leaves, in words a person understands', async () => {
    await reopened({ mss: { maxBytes: 100_000 } });
    const delivery = await group.request(group.delivery({}, 80_000));
    const outcome = await group.outcome(delivery);
    expect(outcome).toMatchObject({
      ...{ type: 'mss.message-refused.v1', outcomeCode: 'MESSAGE_TOO_LARGE', attempts: 0 },
    });
    expect(outcome.outcomeText).toMatch(/pèse 0,\d Mo/);
    expect(operator.connections).toBe(0);
  });

  it('for Mon espace santé follows the limit of patients', async () => {
    await reopened({ mss: { maxBytes: 10_000_000, patientMaxBytes: 100_000 } });
    const toPatient = await group.request(group.delivery({ channel: 'mss-patient' }, 80_000));
    const toDoctor = await group.request(group.delivery({}, 80_000));
    expect(await group.outcome(toPatient)).toMatchObject({ outcomeCode: 'MESSAGE_TOO_LARGE' });
    expect(await group.outcome(toDoctor)).toMatchObject({ type: 'mss.message-sent.v1' });
  });

  it('for the size that the operator announces is refused, and the connection serves the next', async () => {
    await operator.stop();
    operator = await group.operator({ size: 50_000 });
    const delivery = await group.request(group.delivery({}, 80_000));
    expect(await group.outcome(delivery)).toMatchObject({
      ...{ type: 'mss.message-refused.v1', outcomeCode: 'MESSAGE_TOO_LARGE', status: '5.3.4' },
    });
    expect(operator.envelopes).toBe(0);
    expect(await group.outcome(await group.request())).toMatchObject({ type: 'mss.message-sent.v1' });
    expect(operator.connections).toBe(1);
  });
});
