import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import { createTransport } from 'nodemailer';
import { RunningSimulators } from './running-simulators.js';
import { conformingMail } from './xdm-mail.js';

const store = process.env['TEST_GREENMAIL_PORT'];
if (!store) throw new Error('TEST_GREENMAIL_PORT is not set');

/** The library knows no EXTERNAL: its sign-in is replaced by one that sends an empty response (RFC 4422, appendix A). */
class CertificateFlow extends ImapFlow {
  async authenticate(): Promise<boolean> {
    const inner = this as unknown as {
      exec(command: string, attributes: object[]): Promise<{ next(): void }>;
      run(command: string): Promise<unknown>;
    };
    const atom = (value: string) => ({ type: 'ATOM', value });
    (await inner.exec('AUTHENTICATE', [atom('EXTERNAL'), atom('=')])).next();
    this.state = this.states.AUTHENTICATED;
    this.authenticated = true;
    await inner.run('CAPABILITY');
    return true;
  }
}

describe('mailboxes of the simulated MSSanté operator', () => {
  // GreenMail outlives a test: each run has a mailbox of its own.
  const mailbox = `pfi.${Date.now()}@chx.mssante.fr`;
  let sim: RunningSimulators;
  let client: { readonly cert: string; readonly key: string };
  const open: ImapFlow[] = [];

  beforeAll(async () => {
    sim = await RunningSimulators.start({ PFI_SIM_GREENMAIL_IMAP_PORT: store });
    const { certificate, key } = await sim.authority.issue('CN=CH X messagerie, O=CH X, C=FR', mailbox);
    client = { cert: certificate, key };
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });
  afterAll(() => sim.stop());

  function imap(auth: ImapFlowOptions['auth'], tls: object = client, Flow = ImapFlow): ImapFlow {
    const flow = new Flow({
      ...{ host: 'localhost', port: sim.ports.imap, secure: false, doSTARTTLS: true, logger: false, auth },
      tls: { ca: sim.authority.certificate, ...tls },
    });
    flow.on('error', () => undefined);
    open.push(flow);
    return flow;
  }

  const put = (body: string) => sim.admin(`/mss/mailboxes/${mailbox}/messages`, { method: 'POST', body });

  it('hold the notices, which the holder reads by IMAP and removes', async () => {
    const transport = createTransport({
      ...{ host: 'localhost', port: sim.ports.smtp, requireTLS: true },
      tls: { ca: sim.authority.certificate, ...client },
    });
    const to = 'dr.lecteur@cabinet.mssante.fr';
    const { messageId } = await transport.sendMail(await conformingMail(to, { from: `"CH X" <${mailbox}>` }));
    const flow = imap({ user: mailbox, pass: 'mssante' });
    await flow.connect();
    await flow.mailboxOpen('INBOX');
    const found = await eventually(async () => {
      await flow.noop();
      const [one] = await flow.fetchAll('1:*', { uid: true, source: true });
      if (!one?.source) throw new Error('no notice yet');
      return one;
    });
    expect(found.source?.toString()).toContain(`Message-ID: ${messageId}`);
    await flow.messageDelete(String(found.uid), { uid: true });
    expect(await flow.search({ all: true })).toEqual([]);
  });

  it('announce what comes while the holder waits, even bytes that are no mail', async () => {
    const flow = imap({ user: mailbox, pass: 'mssante' });
    await flow.connect();
    await flow.mailboxOpen('INBOX');
    const announced = new Promise<number>((resolve) => flow.on('exists', ({ count }) => resolve(count)));
    void flow.idle();
    await put('');
    await put('\0 no mail at all');
    expect(await announced).toBeGreaterThan(0);
  });

  it('are opened by the certificate alone (SASL EXTERNAL)', async () => {
    const flow = imap({ user: mailbox }, client, CertificateFlow);
    await flow.connect();
    expect(await flow.mailboxOpen('INBOX')).toMatchObject({ path: 'INBOX' });
    expect(await startTlsThen('a AUTHENTICATE EXTERNAL\r\n', '\r\n')).toContain('a OK');
  });

  it('are closed to a wrong password, to others, and to who has no certificate', async () => {
    await expect(imap({ user: mailbox, pass: 'wrong' }).connect()).rejects.toThrow();
    await expect(imap({ user: 'autre@chx.mssante.fr', pass: 'mssante' }).connect()).rejects.toThrow();
    await expect(imap({ user: mailbox, pass: 'mssante' }, {}).connect()).rejects.toThrow();
  });

  it('are never opened in clear text', async () => {
    const answers = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(sim.ports.imap, '127.0.0.1', () =>
        socket.write(`a LOGIN ${mailbox} mssante\r\nb LOGOUT\r\n`),
      );
      socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('close', () => resolve(text));
    });
    expect(answers).toContain('a NO [PRIVACYREQUIRED]');
  });

  it('wait for their store, and keep what came meanwhile', async () => {
    const away = await RunningSimulators.start({ PFI_SIM_GREENMAIL_IMAP_PORT: '1' });
    await away.admin(`/mss/mailboxes/${mailbox}/messages`, { method: 'POST', body: 'kept' });
    await away.restart();
    expect(await away.items(`/mss/mailboxes/${mailbox}/messages`)).toMatchObject([{ raw: 'kept' }]);
    await away.stop();
  });

  /** Speaks after STARTTLS; resolves with the answers to the last line. */
  async function startTlsThen(...commands: readonly string[]): Promise<string> {
    const { connect: connectTls } = await import('node:tls');
    const socket = connect(sim.ports.imap, '127.0.0.1');
    const next = (from: NodeJS.ReadableStream) =>
      new Promise<string>((resolve) => from.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    await next(socket);
    socket.write('s STARTTLS\r\n');
    await next(socket);
    const secured = connectTls({ socket, servername: 'localhost', ca: sim.authority.certificate, ...client });
    let answer = '';
    for (const command of commands) {
      secured.write(command);
      answer = await next(secured);
    }
    secured.destroy();
    return answer;
  }
});
