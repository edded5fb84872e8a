import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, testAuthority, type PemPair, type TestAuthority } from '@pfi/platform-testing';
import { ImapMailbox } from '../src/gateways/imap/imap-mailbox.js';
import { independentOperator } from './operators/independent-operator.js';
import { accessOf, type Operator } from './operators/operator.js';
import { simulatedOperator } from './operators/simulated-operator.js';

const greenMailPort = process.env['TEST_GREENMAIL_PORT'];
if (!greenMailPort) throw new Error('TEST_GREENMAIL_PORT is not set');

// GreenMail outlives a test: each run has a mailbox of its own.
const address = `pfi.${randomUUID()}@ch-essai.mssante.fr`;
const folders = { done: 'PFI-traités', review: 'PFI-à-voir' };
const WHOLE = 1_000_000;

const mail = (): Buffer =>
  Buffer.from(`From: a@b.mssante.fr\r\nMessage-ID: <${randomUUID()}@b.mssante.fr>\r\n\r\n.\r\n..\r\nfin\r\n`);

/** One suite for the port, whoever keeps the mailbox. */
describe.each(['Dovecot', 'the simulated operator'] as const)('a mailbox read by IMAP at %s', (name) => {
  let clients: TestAuthority;
  let holder: PemPair;
  let operator: Operator;
  const open: ImapMailbox[] = [];

  beforeAll(async () => {
    clients = await testAuthority('AC des établissements');
    holder = await clients.issue('CH d’essai messagerie', { mailbox: address });
    operator =
      name === 'Dovecot'
        ? await independentOperator(clients.cert, [holder.cert])
        : await simulatedOperator(clients, greenMailPort);
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });
  afterAll(() => operator?.stop());

  async function opened(
    signIn: 'external' | 'password' = 'external',
    { pair = holder, ca = operator.ca } = {},
  ): Promise<ImapMailbox> {
    const mailbox = await ImapMailbox.open({ url: operator.imapUrl, ca }, accessOf(address, pair, signIn), folders);
    open.push(mailbox);
    return mailbox;
  }

  const fetched = (mailbox: ImapMailbox, wanted: Buffer) =>
    eventually(
      async () => {
        const mails = await mailbox.fetch(50, WHOLE);
        const found = mails.find(({ bytes }) => bytes.includes(wanted));
        return found ?? Promise.reject(new Error(`not among ${mails.length} mails`));
      },
      { timeoutMs: 30_000 },
    );

  it.each(['external', 'password'] as const)(
    'opens by sign-in « %s », and gives back what was put in it',
    async (by) => {
      const [mailbox, sent] = [await opened(by), mail()];
      await operator.put(address, sent);
      const { bytes } = await fetched(mailbox, sent);
      expect(bytes.subarray(-sent.length)).toEqual(sent);
    },
  );

  it('gives the beginning of a mail when no more is asked', async () => {
    const mailbox = await opened();
    await operator.put(address, Buffer.concat([mail(), Buffer.alloc(100_000, 'long line \r\n')]));
    const sizes = await eventually(
      async () => {
        const mails = await mailbox.fetch(50, 500);
        const large = mails.filter(({ size }) => size > 100_000);
        return large.length > 0 ? large : Promise.reject(new Error('no large mail'));
      },
      { timeoutMs: 30_000 },
    );
    for (const { bytes } of sizes) expect(bytes.length).toBeLessThanOrEqual(500);
  });

  it('hears of a mail while it waits', async () => {
    // The simulator names IDLE after sign-in only.
    const mailbox = await opened('external');
    await mailbox.fetch(50, WHOLE);
    let heard = false;
    const waited = mailbox.wait(60_000, new AbortController().signal).then(() => (heard = true));
    // GreenMail does not tell of what comes just before it is asked to.
    await eventually(
      async () => {
        await operator.put(address, mail());
        if (!heard) throw new Error('not announced');
      },
      { everyMs: 200, timeoutMs: 20_000 },
    );
    await waited;
    expect(mailbox.usable).toBe(true);
  });

  it.each(['done', 'review'] as const)('loses a mail from its inbox once it is moved to « %s »', async (folder) => {
    const [mailbox, sent] = [await opened(), mail()];
    await operator.put(address, sent);
    const { uid } = await fetched(mailbox, sent);
    await mailbox.move([uid], folder);
    const left = await (await opened()).fetch(50, WHOLE);
    expect(left.filter(({ bytes }) => bytes.includes(sent))).toEqual([]);
  });

  it('stays closed to the certificate of another authority, and to who is not the operator', async () => {
    const stranger = await (await testAuthority('Autre AC')).issue('CH d’essai messagerie', { mailbox: address });
    await expect(opened('external', { pair: stranger })).rejects.toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
    await expect(opened('password', { pair: stranger })).rejects.toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
    const { cert } = await testAuthority('Autre AC');
    await expect(opened('external', { ca: cert })).rejects.toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
  });

  it('stays closed to a wrong password', async () => {
    const access = { ...accessOf(address, holder, 'password'), password: 'wrong' };
    const opening = ImapMailbox.open({ url: operator.imapUrl, ca: operator.ca }, access, folders);
    await expect(opening).rejects.toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
  });
});
