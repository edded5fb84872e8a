import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { answerOf, deliveryNotice, humanBounce, noMail, otherMail, readNotice } from '../../test/notices.js';
import { folderOf, READ_BYTES, receive } from './received.js';

const id = randomUUID();
const messageId = `<${id}@chu.mssante.fr>`;
const received = (bytes: Buffer, size = bytes.length) => receive({ uid: 7, size, bytes });
const folder = (bytes: Buffer) => folderOf(received(bytes));

describe('a received mail', () => {
  it.each([
    ['a delivery notice by its envelope id', deliveryNotice(id), 'delivery-notice', 'done'],
    ['a delivery notice by what it returns', deliveryNotice(null, { messageId }), 'delivery-notice', 'done'],
    ['a read notice', readNotice(messageId), 'read-notice', 'done'],
    ['a bounce in words', humanBounce(messageId, 'La messagerie est fermée.'), 'delivery-notice', 'done'],
    ['an answer of a person', answerOf(messageId), 'answer', 'review'],
    ['mail of another kind', otherMail(), 'other', 'review'],
    ['bytes that are no mail', noMail(), 'unreadable', 'review'],
    ['nothing at all', Buffer.alloc(0), 'unreadable', 'review'],
  ] as const)('that is %s is told apart', (_what, bytes, kind, place) => {
    expect(received(bytes)).toMatchObject({ uid: 7, kind, size: bytes.length });
    expect(folder(bytes)).toBe(place);
  });

  it.each([
    ['a delivery notice', deliveryNotice(id.toUpperCase())],
    ['a read notice', readNotice(messageId)],
    ['a bounce in words', humanBounce(messageId, 'La messagerie est fermée.')],
    ['an answer', answerOf(messageId)],
  ])('names the delivery that %s speaks of', (_what, bytes) => {
    expect(received(bytes).deliveryIds).toEqual([id]);
  });

  it.each([
    ['La messagerie est fermée par son titulaire.', '5.2.1'],
    ['Destinataire introuvable.', '5.1.1'],
    ['L’adresse de messagerie est invalide.', '5.1.3'],
    ['Le message est trop volumineux.', '5.3.4'],
  ])('in words (%s) has the status %s', (sentence, status) => {
    expect(received(humanBounce(messageId, sentence)).notice).toMatchObject({ action: 'failed', status });
  });

  it('about a mail that is not ours is no bounce of ours', () => {
    expect(received(humanBounce('<1234@ailleurs.fr>', 'fermée')).deliveryIds).toEqual([]);
  });

  it('has the same fingerprint each time it is read, and another one than any other', () => {
    const mail = otherMail();
    expect(received(mail).sha256).toBe(received(mail).sha256);
    expect(received(otherMail()).sha256).not.toBe(received(mail).sha256);
  });
});

describe('a hostile mail', () => {
  const multipart = (boundary: string, body: string) =>
    Buffer.from(`From: a@b.fr\r\nContent-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${body}`);
  const levels = (count: number): string =>
    count === 0
      ? 'Content-Type: text/plain\r\n\r\nfin'
      : `Content-Type: multipart/mixed; boundary="b${count}"\r\n\r\n--b${count}\r\n${levels(count - 1)}\r\n--b${count}--`;

  it.each([
    ['of 1 000 levels', Buffer.from(`From: a@b.fr\r\n${levels(1_000)}`)],
    ['of 10 000 parts', multipart('b', `${'--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(10_000)}--b--`)],
    ['without a line end', Buffer.alloc(READ_BYTES, 'a')],
    ['of a million headers', Buffer.from('A: b\r\n'.repeat(150_000))],
  ])('%s is put aside by its limit, quickly', (_what, bytes) => {
    const began = performance.now();
    expect(received(bytes)).toMatchObject({ kind: 'unreadable', code: 'MIME_LIMIT', deliveryIds: [] });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('with a boundary that never comes is mail of another kind', () => {
    expect(received(multipart('b', '--c\r\n\r\nx\r\n--c--'))).toMatchObject({ kind: 'other', notice: null });
  });

  it('with a notice inside an attached message is not taken for a notice', () => {
    const forwarded = `--b\r\nContent-Type: message/rfc822\r\n\r\n${deliveryNotice(id).toString()}\r\n--b--\r\n`;
    expect(received(multipart('b', forwarded)).kind).not.toBe('delivery-notice');
  });

  it('with a Message-ID that no database takes has none', () => {
    const mail = Buffer.from('From: a@b.fr\r\nMessage-ID: <a\u0000b@c.fr>\r\nSubject: x\r\n\r\nx\r\n');
    expect(received(mail)).toMatchObject({ kind: 'other', messageId: null });
  });

  it('cut in the middle of what it returns still says what it has to say', () => {
    const whole = deliveryNotice(id, { action: 'failed', status: '5.3.4', messageId, returned: 'x'.repeat(3_000_000) });
    const cut = received(whole.subarray(0, READ_BYTES), whole.length);
    expect(cut).toMatchObject({ kind: 'delivery-notice', deliveryIds: [id], size: whole.length });
    expect(cut.notice).toMatchObject({ action: 'failed', status: '5.3.4' });
  });
});
