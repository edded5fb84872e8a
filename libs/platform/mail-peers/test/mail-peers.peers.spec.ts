import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testAuthority, type PemPair, type TestAuthority } from '@pfi/platform-testing';
import { independent, MailPeers } from '../src/index.js';

/** The peers themselves, seen with Python's own clients: what the platform is later judged by. */
describe('Postfix and Dovecot as an MSSanté operator', () => {
  const mailbox = 'pfi@ch-essai.mssante.fr';
  const folder = mkdtempSync(join(tmpdir(), 'pfi-mail-peers-'));
  let clients: TestAuthority;
  let peers: MailPeers;
  let holder: readonly [string, string];

  beforeAll(async () => {
    clients = await testAuthority('AC des clients');
    const pair = await clients.issue('CH d’Été messagerie', { mailbox });
    holder = files('holder', pair);
    peers = await MailPeers.start({ clientAuthority: clients.cert, certificates: [pair.cert] });
  });
  afterAll(async () => {
    await peers?.stop();
    rmSync(folder, { recursive: true });
  });

  function files(name: string, { cert, key }: PemPair): readonly [string, string] {
    const paths = [join(folder, `${name}.crt`), join(folder, `${name}.key`)] as const;
    writeFileSync(paths[0], cert);
    writeFileSync(paths[1], key);
    return paths;
  }

  it('take no mail in clear text, and offer DSN and a size after STARTTLS', async () => {
    expect(await independent.knock(peers.place, 'smtp', holder)).toMatchObject({
      plain: 530,
      size: '25000000',
      extensions: expect.arrayContaining(['dsn', '8bitmime', 'enhancedstatuscodes', 'pipelining']),
    });
  });

  it('open a mailbox to the certificate that holds it, never in clear text', async () => {
    expect(await independent.knock(peers.place, 'imap', holder)).toEqual({
      plain: expect.stringContaining('certificate'),
      signedIn: 'OK',
    });
  });

  it.each(['smtp', 'imap'] as const)('refuse by %s who shows no certificate, or one of a stranger', async (door) => {
    const stranger = files('stranger', await (await testAuthority('Autre AC')).issue('Inconnu', { mailbox }));
    const answers = [await independent.knock(peers.place, door), await independent.knock(peers.place, door, stranger)];
    for (const answer of answers) expect(answer).toHaveProperty('refused');
  });

  it('refuse by imap a certificate of the right authority that holds no mailbox', async () => {
    const other = files('other', await clients.issue('CH voisin', { mailbox: 'pfi@voisin.mssante.fr' }));
    expect(await independent.knock(peers.place, 'imap', other)).toHaveProperty('refused');
  });

  it('keep what is put in a mailbox as it is', async () => {
    const bytes = Buffer.from('Subject: essai\r\nMessage-ID: <1@x>\r\n\r\n.\r\n..\r\nFrom rien\r\nfin\r\n');
    await independent.deliver(peers.place, mailbox, bytes);
    const [kept] = peers.mails(mailbox);
    expect(kept?.subarray(-bytes.length)).toEqual(bytes);
  });
});
