import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testAuthority, type PemPair, type TestAuthority } from '@pfi/platform-testing';
import { SmtpChannel } from '../src/gateways/smtp/smtp-channel.js';
import { testGht } from './ght.js';
import { MailOperatorDouble } from './mail-operator-double.js';
import { smtpPortSuite } from './smtp-port.suite.js';

jest.setTimeout(30_000);

const from = 'pfi@chu.mssante.fr';
const unknown = 'personne@chu.mssante.fr';
const maxBytes = 2_000_000;
const recipient = 'camille@cabinet.mssante.fr';

describe('the SMTP port on the double', () => {
  let authority: TestAuthority;
  let double: MailOperatorDouble;
  const open: SmtpChannel[] = [];

  beforeAll(async () => {
    authority = await testAuthority('AC messagerie');
    double = await MailOperatorDouble.start({
      server: await authority.issue('operateur'),
      clientAuthority: authority.cert,
      size: maxBytes,
      unknown: [unknown],
    });
  });
  afterAll(async () => {
    for (const channel of open) channel.close();
    await double?.stop();
  });

  const channelOf = (pair: PemPair): SmtpChannel => {
    const ght = testGht('990000101', from);
    const channel = new SmtpChannel({
      url: `smtp://127.0.0.1:${double.port}`,
      ca: authority.cert,
      delays: ght.file.delays.smtp,
      access: {
        ...{ mailbox: ght.legalEntity('990000101')!.mailbox!, username: from, password: null },
        ...{ cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) },
      },
    });
    open.push(channel);
    return channel;
  };
  const taken = async (deliveryId: string) => double.of({ deliveryId }).map(({ raw }) => raw);

  smtpPortSuite(async () => {
    const channel = channelOf(await authority.issue('messagerie'));
    return { channel, from, unknown, maxBytes, recipient, taken };
  });

  it('hands nothing over under the certificate of a stranger', async () => {
    const deliveryId = randomUUID();
    const stranger = channelOf(await (await testAuthority('AC étrangère')).issue('messagerie'));
    const bytes = Buffer.from(`From: <${from}>\r\nMessage-ID: <${deliveryId}@chu.mssante.fr>\r\n\r\nx\r\n`);
    expect(await stranger.send({ deliveryId, from, to: recipient, bytes })).toMatchObject({ kind: 'not-taken' });
    expect(await taken(deliveryId)).toEqual([]);
  });
});
