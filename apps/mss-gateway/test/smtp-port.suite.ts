import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import type { SmtpChannel } from '../src/gateways/smtp/smtp-channel.js';

/** An operator, and what the suite must know of it. */
export interface OperatorUnderTest {
  /** With the certificate of a mailbox that the operator knows. */
  readonly channel: Pick<SmtpChannel, 'send'>;
  /** Mailbox of the certificate. */
  readonly from: string;
  /** A recipient who takes mail. */
  readonly recipient: string;
  /** Refused by the operator at RCPT, for good. */
  readonly unknown: string;
  /** bytes, as SIZE announces them */
  readonly maxBytes: number;
  /** Every copy of the mail under this ENVID that the recipient got, as it came. */
  taken(deliveryId: string): Promise<readonly Buffer[]>;
}

const CRLF = '\r\n';

/** What any operator must do with our mail, and our port with any operator: run on the double, on the simulated operator and on Postfix. */
export function smtpPortSuite(open: () => Promise<OperatorUnderTest>): void {
  let operator: OperatorUnderTest;

  beforeAll(async () => {
    operator = await open();
  });

  const mail = (lines: readonly string[], to = operator.recipient) => {
    const deliveryId = randomUUID();
    const { from } = operator;
    const headers = [
      `From: <${from}>`,
      `To: <${to}>`,
      'Subject: essai',
      `Message-ID: <${deliveryId}@${from.split('@')[1]}>`,
      `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=us-ascii',
    ];
    const bytes = Buffer.from([...headers, '', ...lines, ''].join(CRLF));
    return { deliveryId, from, to, bytes };
  };
  const bodyOf = (raw: Buffer): string =>
    raw.toString('latin1').split(`${CRLF}${CRLF}`).slice(1).join(`${CRLF}${CRLF}`);
  const arrived = (deliveryId: string) =>
    eventually(
      async () => {
        const copies = await operator.taken(deliveryId);
        expect(copies).toHaveLength(1);
        return copies[0] as Buffer;
      },
      { timeoutMs: 15_000, everyMs: 100 },
    );

  describe('a mail', () => {
    it('is accepted, and arrives once', async () => {
      const one = mail(['Bonjour.']);
      expect(await operator.channel.send(one)).toMatchObject({ kind: 'accepted', code: 250 });
      expect(bodyOf(await arrived(one.deliveryId))).toBe(`Bonjour.${CRLF}`);
    });

    it('arrives byte for byte, whatever its lines begin with', async () => {
      const lines = ['.', '..', '.a', '', '.', '', 'QUIT', 'MAIL FROM:<a@b.fr>', '.', 'x'.repeat(900)];
      const one = mail(lines);
      expect(await operator.channel.send(one)).toMatchObject({ kind: 'accepted' });
      expect(bodyOf(await arrived(one.deliveryId))).toBe([...lines, ''].join(CRLF));
    });

    it.each(['.', 'x'])('of a megabyte arrives whole, its lines beginning with %s', async (first) => {
      const one = mail(Array.from({ length: 13_000 }, (_, n) => String(n).padStart(76, first)));
      expect(await operator.channel.send(one)).toMatchObject({ kind: 'accepted' });
      expect(bodyOf(await arrived(one.deliveryId))).toBe(bodyOf(one.bytes));
    });

    it('to an unknown recipient is refused at RCPT with its status, and the next one is accepted', async () => {
      const answer = await operator.channel.send(mail(['x'], operator.unknown));
      expect(answer).toMatchObject({
        kind: 'reply',
        stage: 'rcpt',
        code: 550,
        status: expect.stringMatching(/^5\.1\./),
      });
      const next = mail(['après un refus']);
      expect(await operator.channel.send(next)).toMatchObject({ kind: 'accepted' });
      await arrived(next.deliveryId);
    });

    it('above the size that is announced does not leave', async () => {
      const lines = Array.from({ length: Math.ceil(operator.maxBytes / 900) + 1 }, () => 'x'.repeat(900));
      expect(await operator.channel.send(mail(lines))).toEqual({ kind: 'too-large' });
    });

    it('is not mixed with the others that leave at the same time', async () => {
      const mails = Array.from({ length: 8 }, (_, n) => mail([`numéro ${n}`.replace('é', 'e')]));
      const answers = await Promise.all(mails.map((one) => operator.channel.send(one)));
      expect(answers.map(({ kind }) => kind)).toEqual(mails.map(() => 'accepted'));
      for (const one of mails) expect(bodyOf(await arrived(one.deliveryId))).toBe(bodyOf(one.bytes));
    });
  });
}
