import { randomInt, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { createTransport } from 'nodemailer';
import PostalMime from 'postal-mime';
import { finess, mailbox, RunningSimulators } from './running-simulators.js';
import { conformingMail, matricule } from './xdm-mail.js';

interface Mail {
  readonly id: string;
  readonly messageId: string;
  readonly findings: readonly string[];
  readonly attachments: readonly object[];
}

describe('simulated MSSanté operator', () => {
  let sim: RunningSimulators;
  beforeAll(async () => {
    sim = await RunningSimulators.start();
  });
  afterAll(() => sim.stop());

  const someone = () => `dr.${randomUUID()}@cabinet.mssante.fr`;

  const transport = (tls: object = { cert: sim.holder.certificate, key: sim.holder.key }) =>
    createTransport({
      ...{ host: 'localhost', port: sim.ports.smtp, secure: false, requireTLS: true },
      tls: { ca: sim.authority.certificate, ...tls },
    });

  const send = async (to: string, change: object = {}) => transport().sendMail(await conformingMail(to, change));

  const mails = (recipient: string) => sim.items<Mail>(`/mss/mails?${new URLSearchParams({ recipient })}`);

  /** Notices that speak of a recipient or of a mail, once there are as many as asked. */
  async function notices(about: string, count = 1): Promise<string[]> {
    return eventually(async () => {
      const all = await sim.items<{ raw: string }>(`/mss/mailboxes/${mailbox}/messages`);
      const found = all.map(({ raw }) => raw).filter((raw) => raw.includes(about));
      if (found.length < count) throw new Error(`${found.length} notices`);
      return found;
    });
  }

  const putMailbox = (address: string, body: object) =>
    sim.admin(`/mss/mailboxes/${address}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  describe('door', () => {
    it('demands STARTTLS before a mail, and says its extensions', async () => {
      const answers = await converse('EHLO test\r\n', `MAIL FROM:<${mailbox}>\r\n`);
      expect(answers).toMatch(/250-STARTTLS|250 STARTTLS/);
      for (const extension of ['PIPELINING', '8BITMIME', 'DSN', 'SIZE 25000000']) expect(answers).toContain(extension);
      expect(answers).toContain('530 5.7.0');
    });

    it('refuses a client without certificate, or with one of another authority', async () => {
      const to = someone();
      await expect(transport({}).sendMail(await conformingMail(to))).rejects.toThrow();
      const stranger = await RunningSimulators.start();
      const { certificate, key } = stranger.holder;
      await expect(transport({ cert: certificate, key }).sendMail(await conformingMail(to))).rejects.toThrow();
      await stranger.stop();
      expect(await mails(to)).toEqual([]);
    });

    it('takes mail only from the mailbox of the certificate, and only for the space of trust', async () => {
      const envelope = { from: 'autre@chx.mssante.fr', to: someone() };
      await expect(send(envelope.to, { envelope })).rejects.toMatchObject({ responseCode: 550 });
      await expect(send('someone@example.org')).rejects.toMatchObject({ responseCode: 550 });
    });

    it('answers for each recipient', async () => {
      const [known, unknown] = [someone(), someone()];
      await putMailbox(unknown, { state: 'unknown' });
      const sent = await send(known, { envelope: { from: mailbox, to: [known, unknown] } });
      expect(sent).toMatchObject({ accepted: [known], rejected: [unknown] });
      expect(sent.rejectedErrors?.[0]?.response).toContain('550 5.1.1');
      expect(await mails(known)).toHaveLength(1);
    });

    it('refuses more than 10 MB to a professional, and takes it for a patient', async () => {
      const text = 'x'.repeat(76).concat('\r\n').repeat(140_000);
      const to = someone();
      await expect(send(to, { text })).rejects.toMatchObject({ responseCode: 552 });
      expect(await mails(to)).toEqual([]);
      const patient = `${matricule}@patient.mssante.fr`;
      const sent = await send(patient, { text });
      expect(sent.accepted).toEqual([patient]);
    });
  });

  describe('mail', () => {
    it('is kept byte for byte, without finding when it follows the rules, over a restart', async () => {
      const to = someone();
      const { messageId } = await send(to);
      await sim.restart();
      const [mail, ...others] = await mails(to);
      expect(others).toEqual([]);
      expect(mail).toMatchObject({ messageId, recipient: to, from: mailbox, findings: [] });
      expect(mail?.attachments).toMatchObject([{ name: 'IHE_XDM.zip' }, { mediaType: 'application/pdf' }]);
      const raw = await (await sim.admin(`/mss/mails/${mail?.id}/raw`)).text();
      expect(raw).toContain(messageId);
      expect(await sim.items(`/mss/mails?messageId=${encodeURIComponent(messageId)}`)).toHaveLength(1);
    });

    it.each([
      ['SUBJECT_FORM', { subject: 'Lettre' }],
      ['SUBJECT_PATIENT', { subject: 'XDM/1.0/DDM+Lettre AUTRE PERSONNE' }],
      ['SUBJECT_NAME', { subject: 'XDM/1.0/DDM+Lettre Pat-Trois DOMINIQUE' }],
      ['SUBJECT_LABEL', { subject: `XDM/1.0/DDM+${'Lettre'.repeat(8)} PAT-TROIS DOMINIQUE` }],
      ['XDM_COUNT', { attachments: [] }],
      ['XDM_INVALID', { attachments: [{ filename: 'IHE_XDM.zip', content: 'no zip' }] }],
      ['NIL_MISSING', { headers: {} }],
      ['CODECDA', { headers: { 'X-MSS-NIL': '1', 'X-MSS-INS': 'O', 'X-MSS-CODECDA': '1-1' } }],
      ['INS_FLAG', { headers: { 'X-MSS-NIL': '1', 'X-MSS-INS': 'N', 'X-MSS-CODECDA': '11490-0' } }],
      ['MESSAGE_ID_DOMAIN', { messageId: '<1@elsewhere.fr>' }],
      ['FROM_OTHER', { from: 'autre@chx.mssante.fr', envelope: { from: mailbox, to: [] } }],
      ['DSN_NOT_ASKED', { dsn: undefined }],
    ])('that breaks a rule gets the finding %s', async (finding, change) => {
      const to = someone();
      const envelope = 'envelope' in change ? { envelope: { from: mailbox, to } } : {};
      await send(to, { ...change, ...envelope });
      const [mail] = await mails(to);
      expect(mail?.findings.map((text) => text.split(':')[0])).toContain(finding);
    });

    it('of another patient than the one of the address is found', async () => {
      const to = '279035121518900@patient.mssante.fr';
      await send(to);
      const [mail] = await mails(to);
      expect(mail?.findings).toEqual([expect.stringContaining('PATIENT_OTHER')]);
    });
  });

  describe('notices', () => {
    it('tell the delivery, with the envelope and original recipient of the sender', async () => {
      const to = someone();
      const { messageId } = await send(to);
      const [notice = ''] = await notices(to);
      expect(notice).toContain('multipart/report; report-type=delivery-status');
      for (const field of [
        'Original-Envelope-Id: envelope-1',
        `Original-Recipient: rfc822;${to}`,
        `Final-Recipient: rfc822; ${to}`,
        'Action: delivered',
        'Status: 2.0.0',
        `Message-ID: ${messageId}`,
      ])
        expect(notice).toContain(field);
    });

    it('tell that a closed mailbox sent the mail back, in French', async () => {
      const to = `2${String(randomInt(1e13, 9e13))}@patient.mssante.fr`;
      await putMailbox(to, { state: 'closed' });
      await send(to);
      const [notice = ''] = await notices(to);
      const read = await PostalMime.parse(Buffer.from(notice, 'latin1'));
      expect(read.subject).toBe('Message non distribué');
      expect(read.text).toContain('Votre message n’a pas pu être remis');
      expect(notice).toMatch(/Action: failed\r\nStatus: 5\.2\.1/);
    });

    it('are not sent when they are not asked, or when the mailbox only relays say so', async () => {
      const [silent, relayed] = [someone(), someone()];
      await putMailbox(relayed, { notice: 'relayed' });
      await send(silent, { dsn: { notify: ['failure'], recipient: silent } });
      await send(relayed);
      expect((await notices(relayed))[0]).toContain('Action: relayed');
      const all = await sim.items<{ raw: string }>(`/mss/mailboxes/${mailbox}/messages`);
      expect(all.filter(({ raw }) => raw.includes(silent))).toEqual([]);
    });

    it('tell the reading, when the mail asked it', async () => {
      const [asked, other] = [someone(), someone()];
      const { messageId } = await send(asked, {
        headers: { 'Disposition-Notification-To': mailbox },
        dsn: { notify: ['never'], recipient: asked },
      });
      await send(other);
      const read = async (to: string) =>
        (await sim.admin(`/mss/mails/${(await mails(to))[0]?.id}/read`, { method: 'POST' })).json();
      expect(await read(asked)).toEqual({ notice: true });
      expect(await read(other)).toEqual({ notice: false });
      const [notice = ''] = await notices(asked);
      expect(notice).toContain('multipart/report; report-type=disposition-notification');
      expect(notice).toContain(`Original-Message-ID: ${messageId}`);
      expect(notice).toContain('displayed');
    });
  });

  describe('fault', () => {
    const fault = (match: object, more: object) => sim.setFault({ target: 'mss', match, ...more });

    it.each([
      ['RCPT', '450', '4.2.0'],
      ['DATA', '451', '4.3.0'],
      ['dot', '554', '5.7.1'],
    ])('answers at %s as asked, once', async (stage, code, status) => {
      const to = someone();
      await fault({ recipient: to }, { kind: 'smtp', stage, code, status, times: 1 });
      const failed = await send(to).catch((error: Error & { response?: string }) => error);
      expect(failed).toMatchObject({ responseCode: Number(code) });
      expect(failed.response).toContain(`${code} ${status}`);
      expect(await mails(to)).toEqual([]);
      await send(to);
      expect(await mails(to)).toHaveLength(1);
    });

    it('answers at MAIL for one legal entity', async () => {
      await fault({ legalEntity: finess }, { kind: 'smtp', stage: 'MAIL', code: '421', status: '4.3.2', times: 1 });
      await expect(send(someone())).rejects.toMatchObject({ responseCode: 421 });
    });

    it('sends an accepted mail back', async () => {
      const to = someone();
      await fault({ recipient: to }, { kind: 'bounce', code: '552', status: '5.2.2' });
      await send(to);
      const [notice = ''] = await notices(to);
      expect(notice).toMatch(/Action: failed\r\nStatus: 5\.2\.2\r\nDiagnostic-Code: smtp; 552 5\.2\.2/);
    });

    it('keeps the notice back', async () => {
      const [withheld, next] = [someone(), someone()];
      await fault({ recipient: withheld }, { kind: 'withhold' });
      await send(withheld);
      await send(next);
      await notices(next);
      const all = await sim.items<{ raw: string }>(`/mss/mailboxes/${mailbox}/messages`);
      expect(all.filter(({ raw }) => raw.includes(withheld))).toEqual([]);
    });

    it('takes the mail and closes without an answer', async () => {
      const to = someone();
      await fault({ recipient: to }, { kind: 'commit-then-drop', times: 1 });
      await expect(send(to)).rejects.toThrow();
      expect(await mails(to)).toHaveLength(1);
    });

    it('strips STARTTLS from a connection: who insists on it sends nothing, who goes on in clear text is told', async () => {
      const [safe, careless] = [someone(), someone()];
      const stripped = { kind: 'strip-starttls', times: 1 };
      await fault({}, stripped);
      await expect(send(safe)).rejects.toThrow();
      expect(await mails(safe)).toEqual([]);
      await send(safe);
      expect(await mails(safe)).toMatchObject([{ findings: [] }]);
      await fault({}, stripped);
      await createTransport({ host: 'localhost', port: sim.ports.smtp }).sendMail(await conformingMail(careless));
      expect(await mails(careless)).toMatchObject([{ findings: ['CLEAR_TEXT: it came without TLS'] }]);
    });

    it('cuts the connection of one recipient, and slows another down', async () => {
      const [cut, slow] = [someone(), someone()];
      await fault({ recipient: cut }, { kind: 'down', times: 1 });
      await fault({ recipient: slow }, { kind: 'delay', delayMs: 300, times: 1 });
      await expect(send(cut)).rejects.toThrow();
      const began = performance.now();
      await send(slow);
      expect(performance.now() - began).toBeGreaterThan(290);
      expect(await mails(cut)).toEqual([]);
    });
  });

  it('puts any bytes in a mailbox', async () => {
    const address = `boite.${randomUUID()}@chx.mssante.fr`;
    const answer = await sim.admin(`/mss/mailboxes/${address}/messages`, { method: 'POST', body: 'no mail at all' });
    expect(answer.status).toBe(201);
    expect(await sim.items(`/mss/mailboxes/${address}/messages`)).toMatchObject([{ raw: 'no mail at all' }]);
  });

  /** Sends lines one after the other in clear text; resolves with all that was answered. */
  function converse(...commands: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(sim.ports.smtp, '127.0.0.1');
      const left = [...commands, 'QUIT\r\n'];
      let answers = '';
      socket.on('error', reject);
      socket.on('close', () => resolve(answers));
      socket.on('data', (chunk: Buffer) => {
        answers += chunk.toString();
        if (/^\d{3} .*\r\n$/m.test(chunk.toString())) socket.write(left.shift() ?? '');
      });
    });
  }
});
