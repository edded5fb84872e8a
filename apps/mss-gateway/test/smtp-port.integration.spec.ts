import { describe, jest } from '@jest/globals';
import { testAuthority, type PemPair } from '@pfi/platform-testing';
import { SmtpChannel } from '../src/gateways/smtp/smtp-channel.js';
import { testGht } from './ght.js';
import { MailOperatorDouble } from './mail-operator-double.js';
import { smtpPortSuite } from './smtp-port.suite.js';

jest.setTimeout(30_000);

describe('the SMTP port on the double', () => {
  smtpPortSuite(async () => {
    const authority = await testAuthority('AC messagerie');
    const stranger = await testAuthority('AC étrangère');
    const maxBytes = 2_000_000;
    const unknown = 'personne@chu.mssante.fr';
    const double = await MailOperatorDouble.start({
      server: await authority.issue('operateur'),
      clientAuthority: authority.cert,
      size: maxBytes,
      unknown: [unknown],
    });
    const from = 'pfi@chu.mssante.fr';
    const ght = testGht('990000101', from);
    const channel = (pair: PemPair) =>
      new SmtpChannel({
        url: `smtp://127.0.0.1:${double.port}`,
        ca: authority.cert,
        delays: ght.file.delays.smtp,
        access: {
          ...{ mailbox: ght.legalEntity('990000101')!.mailbox!, username: from, password: null },
          ...{ cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) },
        },
      });
    const known = channel(await authority.issue('messagerie'));
    const foreign = channel(await stranger.issue('messagerie'));
    return {
      ...{ channel: known, stranger: foreign, from, unknown, maxBytes, recipient: 'camille@cabinet.mssante.fr' },
      taken: async (deliveryId) => double.of({ deliveryId }).map(({ raw }) => raw),
      close: async () => {
        known.close();
        foreign.close();
        await double.stop();
      },
    };
  });
});
