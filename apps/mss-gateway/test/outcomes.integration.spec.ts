import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openSite, TestGroup, type Site } from './gateway-under-test.js';
import type { MailOperatorDouble } from './mail-operator-double.js';
import { archiveOf, attachmentNames, headerOf, idsOf, readTaken } from './mail-text.js';

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
});
afterEach(async () => {
  await group.close();
  expect(operator.inClear).toEqual([]);
});
afterAll(() => site?.close());

describe('a mail that the operator takes', () => {
  it('is sent, not delivered: nobody has it yet', async () => {
    group.gateway();
    const delivery = await group.request();
    const outcome = await group.outcome(delivery);
    const address = delivery.claim.recipient.address;
    expect(outcome).toMatchObject({
      type: 'mss.message-sent.v1',
      attempts: 1,
      address,
      messageId: `<${delivery.deliveryId}@ej-${group.finess}.mssante.fr>`,
      outcomeCode: null,
    });
    expect(await group.message(delivery)).toMatchObject({ state: 'sent', inDoubt: false });
    await group.idle();
    expect(await group.events(delivery)).toHaveLength(1);
    expect(operator.mails).toHaveLength(1);
  });

  it('has one recipient, and asks for a notice of every kind under the id of the delivery', async () => {
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    const [mail] = operator.of(delivery);
    expect(mail).toMatchObject({
      from: group.mailbox,
      to: delivery.claim.recipient.address,
      ret: 'HDRS',
      orcpt: `rfc822;${delivery.claim.recipient.address}`,
      announced: mail?.raw.length,
      client: 'CN=messagerie',
    });
    expect(mail?.notify).toEqual(['SUCCESS', 'FAILURE', 'DELAY']);
  });

  it('holds the archive with the CDA as it is kept, and its PDF', async () => {
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    const [mail] = operator.of(delivery);
    const email = await readTaken(mail!);
    expect(attachmentNames(email)).toEqual([
      'IHE_XDM.zip',
      '20260102_Lettre_de_liaison_a_la_sortie_PAT-TROIS_DOMINIQUE.pdf',
    ]);
    const { claim } = delivery;
    const { submissionSet, documents } = await archiveOf(email);
    const message = await group.message(delivery);
    expect(submissionSet).toMatchObject({
      uniqueId: message.submissionSetId,
      patientId: { value: claim.patient.matricule, oid: claim.patient.oid },
    });
    expect(documents[0]?.entry).toMatchObject({ uniqueId: claim.document.uniqueId, entryUuid: message.entryUuid });
    const kept = async (sha256 = ''): Promise<Buffer> => (await group.documents.content(group.owner, sha256)).bytes;
    expect(documents[0]?.content).toEqual(await kept(claim.artefact.sha256));
    expect(Buffer.from(email.attachments[1]?.content as ArrayBuffer)).toEqual(await kept(claim.pdf?.sha256));
  });

  it('to the patient goes to the address made of the matricule, whatever the source wrote', async () => {
    group.gateway();
    const address = 'autre@chu.mssante.fr';
    const delivery = group.delivery({ channel: 'mss-patient', recipient: { address }, mail: { replyAllowed: false } });
    await group.outcome(await group.request(delivery));
    const [mail] = operator.of(delivery);
    expect(mail?.to).toBe('279035121518989@patient.mssante.fr');
    const email = await readTaken(mail!);
    expect(headerOf(email, 'x-mss-mes')).toBe('FIN');
    expect(headerOf(email, 'x-mss-ins')).toBe('O');
  });

  it('to a professional without qualified INS says no matricule anywhere', async () => {
    group.gateway();
    const delivery = group.delivery({ patient: { matricule: null, oid: null } });
    await group.outcome(await group.request(delivery));
    const [mail] = operator.of(delivery);
    const email = await readTaken(mail!);
    expect(headerOf(email, 'x-mss-ins')).toBe('N');
    expect((await archiveOf(email)).submissionSet.patientId).toMatchObject({ value: 'IPP1', oid: '2.999.1' });
  });

  it('that replaces another says so, and names it', async () => {
    group.gateway();
    const predecessor = { uniqueId: '2.25.1', messageId: '<earlier@ej.mssante.fr>' };
    const delivery = group.delivery({ operation: 'replace', predecessor });
    await group.outcome(await group.request(delivery));
    const email = await readTaken(operator.of(delivery)[0]!);
    expect(email.subject).toMatch(/^Annule et remplace XDM\/1\.0\/DDM\+/);
    expect(headerOf(email, 'in-reply-to')).toBe(predecessor.messageId);
    expect(headerOf(email, 'references')).toBe(predecessor.messageId);
    const [document] = (await archiveOf(email)).documents;
    expect(Object.values(document?.entry.extra ?? {}).flat()).toContain('C');
  });

  it('that withdraws a document hands over no PDF', async () => {
    group.gateway();
    const predecessor = { uniqueId: '2.25.1', messageId: '<earlier@ej.mssante.fr>' };
    const delivery = group.delivery({ operation: 'withdraw', predecessor });
    await group.outcome(await group.request(delivery));
    const email = await readTaken(operator.of(delivery)[0]!);
    expect(attachmentNames(email)).toEqual(['IHE_XDM.zip']);
    expect(email.subject).toContain('Annulation');
    expect(headerOf(email, 'in-reply-to')).toBe(predecessor.messageId);
  });
});

describe('an answer that passes', () => {
  it.each([
    ['mail', 450],
    ['rcpt', 450],
    ['rcpt', 452],
    ['data', 451],
    ['dot', 451],
    ['dot', 452],
  ] as const)('at %s (%i) is followed by the same mail later', async (at, code) => {
    operator.next.push({ at, reply: [code, '4.2.0 greylisted'] }, { at, reply: [code, '4.2.0 greylisted'] });
    group.gateway();
    const delivery = await group.request();
    const waiting = await group.until(delivery, ({ attempts, state }) => attempts === 1 && state === 'ready');
    expect(waiting).toMatchObject({ outcomeCode: String(code), status: '4.2.0', inDoubt: false });
    expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 3 });
    const [mail, ...others] = operator.of(delivery);
    expect(others).toEqual([]);
    expect(headerOf(await readTaken(mail!), 'x-resent')).toBeUndefined();
    expect(await group.circuit()).toBe('closed');
  });

  it('never comes back before the first delay is over', async () => {
    await group.close();
    group = await TestGroup.open(site, { delays: { smtp: { firstRetry: 'PT0.2S' }, retry: { cap: 'PT1S' } } });
    operator = await group.operator();
    for (let n = 0; n < 3; n += 1) operator.next.push({ at: 'rcpt', reply: [450, '4.2.0 greylisted'] });
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    const tries = await site.test.admin<{ at: Date }>(
      `SELECT started_at AS at FROM mss.message_attempt WHERE delivery_id = $1 ORDER BY attempt`,
      [delivery.deliveryId],
    );
    const gaps = tries.slice(1).map(({ at }, n) => at.getTime() - (tries[n] as { at: Date }).at.getTime());
    expect(gaps).toHaveLength(3);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(200);
  });

  it('keeps the ids of the mail and of its archive', async () => {
    operator.next.push({ at: 'dot', drop: true, keeps: true });
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    const [first, second] = operator.of(delivery);
    expect(await idsOf(second!)).toEqual(await idsOf(first!));
  });

  it.each(['mail', 'rcpt', 'data', 'dot'] as const)(
    'of 421 at %s is the operator’s trouble: tried again',
    async (at) => {
      operator.next.push({ at, reply: [421, '4.3.2 shutting down'] });
      group.gateway();
      const delivery = await group.request();
      expect(await group.outcome(delivery)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 2 });
      expect(operator.of(delivery)).toHaveLength(1);
    },
  );

  it('for too long ends with a person', async () => {
    await group.close();
    group = await TestGroup.open(site, { delays: { smtp: { giveUp: 'PT1S' } } });
    operator = await group.operator();
    for (let n = 0; n < 200; n += 1) operator.next.push({ at: 'rcpt', reply: [450, '4.2.0 greylisted'] });
    group.gateway();
    const delivery = await group.request();
    const outcome = await group.outcome(delivery);
    expect(outcome).toMatchObject({ type: 'mss.message-parked.v1', outcomeCode: 'EXPIRED' });
    expect(outcome.attempts).toBeGreaterThan(1);
    expect(await group.message(delivery)).toMatchObject({ state: 'parked', inDoubt: false });
    operator.next.length = 0;
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'mss.message-sent.v1' });
  });
});

describe('an answer that is final', () => {
  it.each([
    ['mail', 550, '5.7.1'],
    ['rcpt', 550, '5.1.1'],
    ['rcpt', 552, '5.2.2'],
    ['data', 554, '5.5.1'],
    ['dot', 552, '5.3.4'],
    ['dot', 554, '5.6.0'],
  ] as const)('at %s (%i) refuses with its code and status, once', async (at, code, status) => {
    operator.next.push({ at, reply: [code, `${status} non, <279035121518989@patient.mssante.fr> inconnu`] });
    group.gateway();
    const delivery = await group.request();
    const outcome = await group.outcome(delivery);
    expect(outcome).toMatchObject({
      ...{ type: 'mss.message-refused.v1', outcomeCode: String(code), status, attempts: 1 },
      address: delivery.claim.recipient.address,
    });
    expect(outcome.outcomeText).toContain('inconnu');
    expect(outcome.outcomeText).not.toContain('279035121518989');
    await group.idle();
    expect(operator.mails).toEqual([]);
    expect(operator.envelopes).toBe(1);
    expect(await group.circuit()).toBe('closed');
  });

  it('leaves the connection to the next mail', async () => {
    operator.next.push({ at: 'rcpt', reply: [550, '5.1.1 unknown'] });
    group.gateway();
    await group.outcome(await group.request());
    await group.outcome(await group.request());
    expect(operator.mails).toHaveLength(1);
    expect(operator.connections).toBe(1);
  });

  it('asked again by a person is a new try of the same mail', async () => {
    operator.next.push({ at: 'rcpt', reply: [550, '5.1.1 unknown'] });
    group.gateway();
    const delivery = await group.request();
    await group.outcome(delivery);
    await group.request(delivery, 2);
    expect(await group.outcome(delivery, 2)).toMatchObject({ type: 'mss.message-sent.v1', attempts: 2 });
    const email = await readTaken(operator.of(delivery)[0]!);
    expect(headerOf(email, 'x-resent')).toBeUndefined();
  });
});
