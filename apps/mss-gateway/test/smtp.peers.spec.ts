import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeMail, decide, messageIdOf, readMail, type MailOrder, type Notice } from '@pfi/mss-core';
import { independent, MAILBOXES, RELAYED_DOMAIN } from '@pfi/platform-mail-peers';
import { eventually, testAuthority, type PemPair, type TestAuthority } from '@pfi/platform-testing';
import { SmtpChannel } from '../src/gateways/smtp/smtp-channel.js';
import { independentOperator } from './operators/independent-operator.js';
import { accessOf, type Operator } from './operators/operator.js';
import { simulatedOperator } from './operators/simulated-operator.js';
import { smtpPortSuite } from './smtp-port.suite.js';

const greenMailPort = process.env['TEST_GREENMAIL_PORT'] ?? '1';
const address = 'pfi@ch-essai.mssante.fr';
const sender = { address, displayName: 'PFI_ESSAI' };
const delays = { connectTimeout: 20_000, commandTimeout: 20_000, finalDotTimeout: 30_000 };
const rules = { patientDomain: 'patient.mssante.fr', patientPrefix: '', trustedDomains: ['mssante.fr'], bodies: {} };

function order(deliveryId: string): MailOrder {
  return {
    deliveryId,
    channel: 'mss-pro',
    operation: 'send',
    document: {
      title: 'Lettre',
      type: { code: '11490-0', label: 'Lettre de liaison à la sortie' },
      creationTime: '20261124093000',
    },
    patient: {
      matricule: '279035121518989',
      traits: {
        birthName: 'PAT-TROIS',
        birthGivenNames: 'DOMINIQUE',
        birthFirstGivenName: 'DOMINIQUE',
        birthDate: '1979-03-28',
      },
    },
    mail: {
      body: 'Corps : accents é à ç œ, 5 €.\n.\n..\nFrom rien\n' + 'x'.repeat(3_000),
      replyTo: null,
      replyAllowed: true,
      readNotice: true,
    },
    predecessor: null,
  };
}

/** A mail of ours to one recipient, with attachments of any bytes. */
function mailTo(recipient: string, { pdf = randomBytes(50_000) } = {}) {
  const deliveryId = randomUUID();
  const contents = { archive: randomBytes(120_001), pdf };
  const leaving = {
    ...{ sender, recipient, establishmentName: 'CH d’essai', at: new Date(), possibleDuplicate: false },
  };
  const bytes = composeMail(order(deliveryId), rules, contents, leaving);
  return { ...contents, outgoing: { deliveryId, from: address, to: recipient, bytes } };
}

/** The first mails of a mailbox, once there are some. */
const received = (operator: Operator, recipient: string): Promise<readonly Buffer[]> =>
  eventually(
    async () => {
      const mails = await operator.mails(recipient);
      return mails.length > 0 ? mails : Promise.reject(new Error('no mail yet'));
    },
    { timeoutMs: 30_000 },
  );

/** What the operator says later of a mail that it took, by ENVID or by the mail that comes back. */
const noticeAbout = (operator: Operator, { deliveryId }: { readonly deliveryId: string }): Promise<Notice> =>
  eventually(
    async () => {
      const notices = (await operator.mails(address)).map((raw) => readMail(raw).notice);
      const found = notices.find((one) => one?.messageId === messageIdOf(deliveryId, sender));
      return found ?? Promise.reject(new Error(`no notice among ${notices.length} mails`));
    },
    { timeoutMs: 30_000 },
  );

/** The suite of the port, and what operators say later, whoever stands behind it. */
describe.each(['Postfix', 'the simulated operator'] as const)('mail handed by SMTP to %s', (name) => {
  let clients: TestAuthority;
  let holder: PemPair;
  let operator: Operator;
  let channel: SmtpChannel;

  beforeAll(async () => {
    clients = await testAuthority('AC des établissements');
    holder = await clients.issue('CH d’essai messagerie', { mailbox: address });
    operator =
      name === 'Postfix'
        ? await independentOperator(clients.cert, [holder.cert])
        : await simulatedOperator(clients, greenMailPort);
    channel = channelOf(holder);
  });
  afterAll(async () => {
    channel?.close();
    await operator?.stop();
  });

  const channelOf = (pair: PemPair): SmtpChannel =>
    new SmtpChannel({ url: operator.smtpUrl, ca: operator.ca, access: accessOf(address, pair), delays });

  smtpPortSuite(async () => {
    const [recipient, unknown] = [await operator.professional(), await operator.professional('unknown')];
    const taken = async (deliveryId: string) =>
      (await operator.mails(recipient)).filter((raw) => raw.includes(`<${deliveryId}@`));
    return { channel, from: address, recipient, unknown, maxBytes: 25_000_000, taken };
  });

  it('arrives byte for byte, and another reader finds the same text and attachments', async () => {
    const recipient = await operator.professional();
    const { outgoing, archive, pdf } = mailTo(recipient);
    expect(await channel.send(outgoing)).toMatchObject({ kind: 'accepted', code: 250 });
    const [kept] = await received(operator, recipient);
    expect(kept?.subarray(-outgoing.bytes.length).equals(outgoing.bytes)).toBe(true);
    const { parts, defects, headers } = await independent.readMail(kept as Buffer);
    expect(defects).toEqual([]);
    expect(Object.fromEntries(headers)).toMatchObject({
      Subject: 'XDM/1.0/DDM+Lettre de liaison à la sortie PAT-TROIS DOMINIQUE 28/03/1979',
      'Message-ID': messageIdOf(outgoing.deliveryId, sender),
      'Disposition-Notification-To': expect.stringContaining(address),
    });
    expect(parts.map(({ type, name: file }) => [type, file])).toEqual([
      ['text/plain', null],
      ['application/zip', 'IHE_XDM.zip'],
      ['application/pdf', '20261124_Lettre_de_liaison_a_la_sortie_PAT-TROIS_DOMINIQUE.pdf'],
    ]);
    expect(parts[0]?.content.toString()).toContain('accents é à ç œ, 5 €.\r\n.\r\n..\r\nFrom rien\r\n');
    expect(parts[1]?.content.equals(archive)).toBe(true);
    expect(parts[2]?.content.equals(pdf)).toBe(true);
  });

  it('is followed by a delivery notice that names the delivery and the mail', async () => {
    const recipient = await operator.professional();
    const { outgoing } = mailTo(recipient);
    await channel.send(outgoing);
    expect(await noticeAbout(operator, outgoing)).toMatchObject({
      action: 'delivered',
      status: expect.stringMatching(/^2\./),
      deliveryId: outgoing.deliveryId,
    });
  });

  it('to an unknown mailbox is refused at once, and the connection serves the next mail', async () => {
    const [nobody, somebody] = [await operator.professional('unknown'), await operator.professional()];
    const own = channelOf(holder);
    const answer = await own.send(mailTo(nobody).outgoing);
    expect(answer).toMatchObject({ kind: 'reply', stage: 'rcpt', code: 550, status: '5.1.1' });
    expect(decide(answer)).toMatchObject({ kind: 'refused', code: '550', status: '5.1.1' });
    expect(await own.send(mailTo(somebody).outgoing)).toMatchObject({ kind: 'accepted' });
    own.close();
  });

  it('to a closed mailbox is taken, then comes back under 5.2.1', async () => {
    const recipient = await operator.professional('closed');
    const { outgoing } = mailTo(recipient);
    expect(await channel.send(outgoing)).toMatchObject({ kind: 'accepted' });
    expect(await noticeAbout(operator, outgoing)).toMatchObject({ action: 'failed', status: '5.2.1' });
  });

  it('under the address of another mailbox is refused', async () => {
    const { outgoing } = mailTo(await operator.professional());
    const answer = await channelOf(holder).send({ ...outgoing, from: 'autre@ch-essai.mssante.fr' });
    expect(decide(answer)).toMatchObject({ kind: 'refused', status: '5.7.1' });
  });

  it('that is larger than it announces is not sent', async () => {
    const recipient = '279035121518989@patient.mssante.fr';
    const answer = await channel.send(mailTo(recipient, { pdf: Buffer.alloc(19_000_000) }).outgoing);
    expect(decide(answer)).toMatchObject({ kind: 'refused', code: 'MESSAGE_TOO_LARGE' });
    expect(await operator.mails(recipient)).toEqual([]);
  });

  it('behind the certificate of another authority never leaves, and is tried again', async () => {
    const stranger = await (await testAuthority('Autre AC')).issue('CH d’essai messagerie', { mailbox: address });
    const recipient = await operator.professional();
    const answer = await channelOf(stranger).send(mailTo(recipient).outgoing);
    expect(decide(answer)).toMatchObject({ kind: 'retry', channel: true });
    expect(await operator.mails(recipient)).toEqual([]);
  });

  it('does not leave to who shows a certificate of another authority', async () => {
    const recipient = await operator.professional();
    const { cert } = await testAuthority('Autre AC');
    const wary = new SmtpChannel({ url: operator.smtpUrl, ca: cert, access: accessOf(address, holder), delays });
    expect(await wary.send(mailTo(recipient).outgoing)).toMatchObject({
      kind: 'not-taken',
      code: expect.stringMatching(/CERT|SIGNATURE/),
    });
    expect(await operator.mails(recipient)).toEqual([]);
  });

  it('by several connections at once arrives once each', async () => {
    const recipients = await Promise.all(Array.from({ length: 12 }, () => operator.professional()));
    const answers = await Promise.all(recipients.map((recipient) => channel.send(mailTo(recipient).outgoing)));
    expect(answers.map(({ kind }) => kind)).toEqual(recipients.map(() => 'accepted'));
    for (const recipient of recipients) expect(await received(operator, recipient)).toHaveLength(1);
  });
});

/** What only another operator's real server says. */
describe('mail that Postfix has taken', () => {
  let operator: Awaited<ReturnType<typeof independentOperator>>;
  let channel: SmtpChannel;

  beforeAll(async () => {
    const clients = await testAuthority('AC des établissements');
    const holder = await clients.issue('CH d’essai messagerie', { mailbox: address });
    operator = await independentOperator(clients.cert, [holder.cert]);
    channel = new SmtpChannel({ url: operator.smtpUrl, ca: operator.ca, access: accessOf(address, holder), delays });
  });
  afterAll(async () => {
    channel?.close();
    await operator?.stop();
  });

  const noticeAfter = async (recipient: string): Promise<Notice> => {
    const { outgoing } = mailTo(recipient);
    expect(await channel.send(outgoing)).toMatchObject({ kind: 'accepted' });
    const notice = await noticeAbout(operator, outgoing);
    expect(notice.deliveryId).toBe(outgoing.deliveryId);
    return notice;
  };

  it('comes back under 5.1.1 when the operator behind knows no such mailbox', async () => {
    expect(await noticeAfter(`${MAILBOXES.unknown}${randomUUID()}@${RELAYED_DOMAIN}`)).toMatchObject({
      ...{ kind: 'delivery', action: 'failed', status: '5.1.1', code: '550' },
      // The reason without the address, which may hold an INS.
      text: expect.not.stringContaining('@'),
    });
  });

  it('is told as relayed when another operator has it', async () => {
    expect(await noticeAfter(`dr.${randomUUID()}@${RELAYED_DOMAIN}`)).toMatchObject({ action: 'relayed' });
  });

  it('comes back under 5.2.2 when the mailbox is full', async () => {
    expect(await noticeAfter(`${MAILBOXES.full}${randomUUID()}@cabinet.mssante.fr`)).toMatchObject({
      action: 'failed',
      status: '5.2.2',
      code: '552',
    });
  });

  it('under its limit of 25 MB arrives whole', async () => {
    const recipient = await operator.professional();
    const { outgoing } = mailTo(recipient, { pdf: randomBytes(18_000_000) });
    expect(outgoing.bytes.length).toBeGreaterThan(24_500_000);
    expect(await channel.send(outgoing)).toMatchObject({ kind: 'accepted' });
    const [kept] = await received(operator, recipient);
    expect(kept?.subarray(-outgoing.bytes.length).equals(outgoing.bytes)).toBe(true);
  });
});
