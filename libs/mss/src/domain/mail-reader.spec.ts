import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readMail } from './mail-reader.js';
import { MailFault } from './mime-reader.js';
import { effectOf } from './notice-effect.js';

const id = '018f4e10-0000-7000-8000-000000000031';
const messageId = `<${id}@chu.mssante.fr>`;
const lines = (...all: string[]): Buffer => Buffer.from(all.join('\r\n'));

const report = (
  type: string,
  fields: string[],
  more: { returned?: string[]; headers?: string[]; extra?: string[] } = {},
) =>
  lines(
    'From: <postmaster@operateur.mssante.fr>',
    'Message-ID: <n1@operateur.mssante.fr>',
    'Date: Mon, 23 Nov 2026 08:00:00 +0100',
    ...(more.headers ?? []),
    `Content-Type: multipart/report; report-type=${type}; boundary="b=_1"`,
    '',
    '--b=_1',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Pour une personne.',
    '--b=_1',
    `Content-Type: message/${type}`,
    '',
    ...fields,
    ...(more.extra ?? []),
    '--b=_1',
    'Content-Type: text/rfc822-headers',
    '',
    ...(more.returned ?? []),
    '',
    '--b=_1--',
    '',
  );

const dsn = (action: string, status: string, diagnostic = 'smtp; 250 2.0.0 OK') => [
  'Reporting-MTA: dns; op.mssante.fr',
  `Original-Envelope-Id: ${id}`,
  '',
  'Final-Recipient: rfc822; 279035121518989@patient.mssante.fr',
  `Action: ${action}`,
  `Status: ${status}`,
  `Diagnostic-Code: ${diagnostic}`,
];

describe('the parts of a mail', () => {
  it('are told apart when the boundary of one begins that of another', () => {
    const nested = report('delivery-status', dsn('delivered', '2.0.0'), {
      headers: ['X-Note: the outer boundary is the beginning of the inner one'],
    }).toString();
    const outer = (body: string) =>
      Buffer.from(`From: a@b.fr\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n${body}\r\n--b--\r\n`);
    expect(readMail(outer(nested)).notice).toMatchObject({ kind: 'delivery', deliveryId: id });
    expect(readMail(outer(`Content-Type: message/rfc822\r\n\r\n${nested}`)).notice).toBeNull();
  });
});

describe('a delivery notice', () => {
  it.each(['delivered', 'relayed', 'expanded', 'delayed', 'failed'])('tells %s, by the envelope id', (action) => {
    expect(readMail(report('delivery-status', dsn(action, '2.0.0'))).notice).toMatchObject({
      kind: 'delivery',
      deliveryId: id,
      action,
    });
  });

  it('is found by the Message-ID of what came back when the envelope id is lost', () => {
    const fields = dsn('failed', '5.1.1', 'smtp;\r\n 550 5.1.1 <x@y.mssante.fr> unknown').filter(
      (one) => !one.startsWith('Original'),
    );
    const { notice } = readMail(report('delivery-status', fields, { returned: [`Message-ID: ${messageId}`] }));
    expect(notice).toEqual({
      kind: 'delivery',
      deliveryId: null,
      messageId,
      action: 'failed',
      status: '5.1.1',
      code: '550',
      text: '550 5.1.1 <…> unknown',
    });
  });

  it('is read in base64 and with LF alone', () => {
    const raw = report('delivery-status', dsn('delivered', '2.0.0')).toString();
    expect(readMail(Buffer.from(raw.replaceAll('\r\n', '\n'))).notice).toMatchObject({ deliveryId: id });
    const encoded = lines(
      'Content-Type: multipart/report; boundary=x',
      '',
      '--x',
      'Content-Type: message/delivery-status',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(dsn('failed', '5.2.1').join('\r\n')).toString('base64'),
      '--x--',
    );
    expect(readMail(encoded).notice).toMatchObject({ deliveryId: id, action: 'failed', status: '5.2.1' });
  });

  it('with an archive does not open it', () => {
    const zip = ['--b=_1', 'Content-Type: application/zip; name=x.zip', '', 'PK not a zip'];
    expect(readMail(report('delivery-status', dsn('delivered', '2.0.0'), { extra: zip })).notice).toMatchObject({
      action: 'delivered',
    });
  });

  it('inside a forwarded mail is not a notice', () => {
    const forwarded = lines(
      'Message-ID: <f@x.mssante.fr>',
      'Content-Type: multipart/mixed; boundary=f',
      '',
      '--f',
      'Content-Type: message/rfc822',
      '',
      report('delivery-status', dsn('failed', '5.1.1')).toString(),
      '--f--',
    );
    expect(readMail(forwarded).notice).toBeNull();
  });
});

describe('a read notice', () => {
  const mdn = (disposition: string) => [
    `Final-Recipient: rfc822; a@b.mssante.fr`,
    `Original-Message-ID: ${messageId}`,
    `Disposition: ${disposition}`,
  ];

  it.each([
    ['manual-action/MDN-sent-manually; displayed', { disposition: 'displayed', failed: false }],
    ['automatic-action/MDN-sent-automatically; processed', { disposition: 'processed', failed: false }],
    ['automatic-action/MDN-sent-automatically; processed/Error: 900', { disposition: 'processed', failed: true }],
    ['manual-action/MDN-sent-manually;deleted', { disposition: 'deleted', failed: false }],
  ])('tells %s', (text, expected) => {
    expect(readMail(report('disposition-notification', mdn(text))).notice).toEqual({
      kind: 'read',
      deliveryId: null,
      messageId,
      at: new Date('2026-11-23T07:00:00Z'),
      ...expected,
    });
  });
});

describe('a mail that came back in words', () => {
  const bounce = (subject: string, text: string) =>
    lines(
      `Subject: ${subject}`,
      `In-Reply-To: ${messageId}`,
      'Message-ID: <h@mes.fr>',
      'Content-Type: text/plain; charset=utf-8',
      '',
      text,
    );

  it.each([
    ['Message non distribué', 'La messagerie du patient est fermée.', '5.2.1'],
    ['=?utf-8?B?TWVzc2FnZSBub24gZGlzdHJpYnXDqQ==?=', 'Patient introuvable.', '5.1.1'],
    ['Message non distribué', 'Adresse électronique invalide.', '5.1.3'],
    ['Undelivered Mail Returned to Sender', 'Sorry.', '5.3.4'],
    ['Undelivered Mail Returned to Sender', '550 5.2.2 full', '5.2.2'],
    ['Message non distribué', 'Sans raison.', null],
  ])('under « %s » means what it says', (subject, text, status) => {
    expect(readMail(bounce(subject, text)).notice).toMatchObject({ action: 'failed', status, messageId });
  });

  it('is not mistaken for an answer', () => {
    const answer = readMail(bounce('Re: XDM/1.0/DDM+CR', 'Merci docteur'));
    expect(answer).toMatchObject({ notice: null, answersTo: [messageId] });
  });
});

describe('a mail that is no mail', () => {
  const nested = (levels: number): string =>
    levels === 0
      ? 'x'
      : `Content-Type: multipart/mixed; boundary=b${levels}\r\n\r\n--b${levels}\r\n${nested(levels - 1)}\r\n--b${levels}--\r\n`;

  it.each<[string, () => Buffer]>([
    ['1,000 levels', () => Buffer.from(nested(1_000))],
    [
      '10,000 parts',
      () => Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10_000)}`),
    ],
    ['no line end for 100 MB', () => Buffer.alloc(100_000_000, 'a')],
    ['a header of 1 MB', () => Buffer.from(`Subject: a\r\n${'X: y\r\n'.repeat(200_000)}\r\n`)],
  ])('of %s is refused at once', (_name, build) => {
    const raw = build();
    const before = performance.now();
    expect(() => readMail(raw)).toThrow(new MailFault('MIME_LIMIT'));
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('has nothing to read', () => {
    expect(() => readMail(Buffer.from('\r\n\r\nrien'))).toThrow(new MailFault('MAIL_UNREADABLE'));
    expect(() => readMail(Buffer.alloc(0))).toThrow(new MailFault('MAIL_UNREADABLE'));
  });

  it('with a wrong boundary is read as far as it goes', () => {
    expect(
      readMail(Buffer.from('Subject: x\r\nContent-Type: multipart/mixed; boundary=other\r\n\r\n--b\r\n\r\nx')).notice,
    ).toBeNull();
  });

  it('of any bytes never ends in another error', () => {
    const seed = report('delivery-status', dsn('failed', '5.1.1'));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 30 }), (changes) => {
        const raw = Buffer.from(seed);
        for (const [at, value] of changes) raw[at] = value;
        try {
          readMail(raw);
        } catch (error) {
          expect(error).toBeInstanceOf(MailFault);
        }
      }),
    );
  });
});

describe('what a notice changes', () => {
  const arrived = {
    kind: 'delivery',
    deliveryId: id,
    messageId,
    action: 'delivered',
    status: '2.0.0',
    code: '250',
    text: null,
  } as const;
  const failed = { ...arrived, action: 'failed', status: '5.1.1', code: '550' } as const;
  const read = {
    kind: 'read',
    deliveryId: null,
    messageId,
    disposition: 'displayed',
    failed: false,
    at: null,
  } as const;
  const sent = { state: 'sent', inDoubt: false, isRead: false } as const;

  it('a mail that was sent is delivered, or has come back', () => {
    expect(effectOf(arrived, sent)).toMatchObject({ state: 'delivered', outcomeCode: null });
    expect(effectOf(failed, sent)).toMatchObject({ state: 'bounced', outcomeCode: '550', status: '5.1.1' });
    expect(effectOf({ ...failed, action: 'delayed' }, sent).state).toBeUndefined();
  });

  it('a mail that came back after the recipient’s server had said 250 is told by its status', () => {
    expect(effectOf({ ...failed, code: '250' }, sent)).toMatchObject({ state: 'bounced', outcomeCode: '5.1.1' });
  });

  it('a mail that was given up while nobody knew may turn out to be there', () => {
    expect(effectOf(arrived, { state: 'cancelled', inDoubt: true, isRead: false }).state).toBe('delivered');
    expect(effectOf(arrived, { state: 'cancelled', inDoubt: false, isRead: false }).state).toBeUndefined();
  });

  it('the first word holds', () => {
    expect(effectOf(failed, { ...sent, state: 'delivered' }).state).toBeUndefined();
    expect(effectOf(arrived, { ...sent, state: 'bounced' }).state).toBeUndefined();
  });

  it('an unknown outcome is settled by any notice of arrival', () => {
    const unknown = { state: 'unknown', inDoubt: true, isRead: false } as const;
    expect(effectOf(arrived, unknown).state).toBe('delivered');
    expect(effectOf(read, unknown)).toMatchObject({ state: 'delivered', read: true });
    expect(effectOf(arrived, { ...unknown, state: 'ready', inDoubt: false }).state).toBeUndefined();
  });

  it('a mail is read once, and not by being deleted', () => {
    expect(effectOf(read, sent)).toMatchObject({ read: true });
    expect(effectOf(read, sent).state).toBeUndefined();
    expect(effectOf(read, { ...sent, isRead: true }).read).toBe(false);
    expect(effectOf({ ...read, disposition: 'deleted' }, sent).read).toBe(false);
    expect(effectOf({ ...read, disposition: 'processed', failed: true }, sent).read).toBe(false);
  });
});
