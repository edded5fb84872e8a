import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assertSize, composeMail } from './compose-mail.js';
import { patientAddress, usableAddress } from './addresses.js';
import { mailboxField, plainField, textField } from './header-fields.js';
import type { MailOrder, MailRules } from './mail-order.js';
import { pdfNameOf, subjectOf } from './mail-texts.js';
import { decodedWords, readMime, textOf } from './mime-reader.js';
import { messageIdOf } from './message-id.js';

const sender = { address: 'pfi@chu.mssante.fr', displayName: 'Service Été' };
const rules: MailRules = {
  patientDomain: 'patient.mssante.fr',
  patientPrefix: '',
  trustedDomains: ['mssante.fr'],
  productNumber: 'PFI-1',
  bodies: {},
};
const order: MailOrder = {
  deliveryId: '018f4e10-0000-7000-8000-000000000031',
  channel: 'mss-pro',
  operation: 'send',
  document: { title: 'CR', type: { code: '34874-8', label: 'CR opératoire' }, creationTime: '20250102233000' },
  patient: {
    matricule: '279035121518989',
    traits: { birthName: 'Pat-Troïs', birthGivenNames: 'DOMINIQUE MARIE', birthDate: '1979-03-28' },
  },
  mail: { body: null, replyTo: null, replyAllowed: true, readNotice: false },
  predecessor: null,
};
const leaving = {
  sender,
  recipient: 'dr.x@cabinet.mssante.fr',
  establishmentName: 'CHU de test',
  at: new Date('2026-11-23T08:00:00Z'),
  possibleDuplicate: false,
};
const contents = { archive: Buffer.from('PK archive'), pdf: Buffer.from('%PDF-1.4') };

const composed = (changes: Partial<MailOrder> = {}, more: Partial<typeof leaving> = {}) => {
  const raw = composeMail({ ...order, ...changes }, rules, contents, { ...leaving, ...more });
  const mail = readMime(raw);
  return { raw, mail, field: (name: string) => mail.fields.get(name)?.map(decodedWords) };
};

describe('a mail', () => {
  it('has the subject, the addresses and the headers of MSSanté', () => {
    const { field } = composed();
    expect(field('subject')).toEqual(['XDM/1.0/DDM+CR opératoire PAT-TROIS DOMINIQUE 28/03/1979']);
    expect(field('from')).toEqual(['Service Été <pfi@chu.mssante.fr>']);
    expect(field('reply-to')).toEqual(['<pfi@chu.mssante.fr>']);
    expect(field('to')).toEqual(['<dr.x@cabinet.mssante.fr>']);
    expect(field('message-id')).toEqual([`<${order.deliveryId}@chu.mssante.fr>`]);
    expect(field('x-mss-codecda')).toEqual(['34874-8']);
    expect(field('x-mss-ins')).toEqual(['O']);
    expect(field('x-mss-nil')).toEqual(['PFI-1']);
    for (const absent of ['x-mss-mes', 'disposition-notification-to', 'x-resent', 'in-reply-to', 'references'])
      expect(field(absent)).toBeUndefined();
  });

  it('carries the text, the archive and the PDF byte for byte', () => {
    const { mail } = composed({ mail: { ...order.mail, body: 'Bonjour,\n.\r\n.suite\rà bientôt' } });
    const [text, archive, pdf] = mail.parts;
    expect(textOf(text!)).toBe('Bonjour,\r\n.\r\n.suite\r\nà bientôt');
    expect(Buffer.from(archive!.body.toString('latin1'), 'base64')).toEqual(contents.archive);
    expect(archive!.fields.get('content-disposition')).toEqual(['attachment; filename="IHE_XDM.zip"']);
    expect(Buffer.from(pdf!.body.toString('latin1'), 'base64')).toEqual(contents.pdf);
    expect(pdf!.parameters.get('name')).toBe('20250103_CR_operatoire_PAT-TROIS_DOMINIQUE.pdf');
  });

  it('without qualified INS says none', () => {
    const { raw, field } = composed({ patient: { ...order.patient, matricule: null } });
    expect(field('x-mss-ins')).toEqual(['N']);
    expect(raw.toString()).not.toContain('279035121518989');
  });

  it('to a patient ends the exchange when answers are not wanted', () => {
    const closed = { ...order.mail, replyAllowed: false };
    expect(composed({ channel: 'mss-patient', mail: closed }).field('x-mss-mes')).toEqual(['FIN']);
    expect(composed({ channel: 'mss-pro', mail: closed }).field('x-mss-mes')).toBeUndefined();
  });

  it('asks for a read notice at the applicative mailbox', () => {
    const mail = { ...order.mail, readNotice: true, replyTo: 'service@chu.mssante.fr' };
    expect(composed({ mail }).field('disposition-notification-to')).toEqual(['<pfi@chu.mssante.fr>']);
    expect(composed({ mail }).field('reply-to')).toEqual(['<service@chu.mssante.fr>']);
  });

  it('that replaces another says so and refers to it', () => {
    const { field, mail } = composed({ operation: 'replace', predecessor: { messageId: '<a@chu.mssante.fr>' } });
    expect(field('subject')?.[0]).toMatch(/^Annule et remplace XDM\/1\.0\/DDM\+CR opératoire PAT-TROIS/);
    expect([field('references'), field('in-reply-to')]).toEqual([['<a@chu.mssante.fr>'], ['<a@chu.mssante.fr>']]);
    expect(textOf(mail.parts[0]!)).toContain('annule et remplace');
  });

  it('that withdraws another says so, whatever the source wrote, without PDF', () => {
    const raw = composeMail(
      { ...order, operation: 'withdraw', mail: { ...order.mail, body: 'Voici le document.' } },
      rules,
      { ...contents, pdf: null },
      leaving,
    );
    const mail = readMime(raw);
    expect(decodedWords(mail.fields.get('subject')?.[0] ?? '')).toMatch(
      /^XDM\/1\.0\/DDM\+Annulation CR opératoire PAT-/,
    );
    expect(textOf(mail.parts[0]!)).toContain('est annulé');
    expect(mail.parts).toHaveLength(2);
  });

  it('sent again after a lost answer tells it, under the same Message-ID', () => {
    const { field } = composed({}, { possibleDuplicate: true });
    expect(field('x-resent')).toEqual(['possible-duplicate']);
    expect(field('message-id')).toEqual([messageIdOf(order.deliveryId, sender)]);
  });

  it('uses the text of the group when the source gives none', () => {
    const ofGroup = { ...rules, bodies: { professional: '{type} du {date}, {establishment}.' } };
    const mail = readMime(composeMail(order, ofGroup, contents, leaving));
    expect(textOf(mail.parts[0]!)).toBe('CR opératoire du 03/01/2025, CHU de test.');
  });

  it('whatever its texts hold, is made of the same headers, in lines that any server takes', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2_500 }),
      fc.constantFrom('a\r\nBcc: x@y', '\u2028X: 1', '=?utf-8?B?QQ==?=', '.', '\0', '"', '\ud800'),
    );
    const names = composed().mail.fields.size;
    fc.assert(
      fc.property(nasty, nasty, nasty, nasty, (label, name, given, body) => {
        const { raw, mail } = composed({
          document: { ...order.document, type: { code: '34874-8', label } },
          patient: { ...order.patient, traits: { birthName: name, birthGivenNames: given } },
          mail: { ...order.mail, body },
        });
        expect([...mail.fields.keys()]).toHaveLength(names);
        expect(mail.parts).toHaveLength(3);
        const text = raw.toString('latin1');
        expect(text).toMatch(/^[\x09\x0d\x0a\x20-\x7e]*$/);
        expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        for (const line of text.split('\r\n')) {
          expect(line.length).toBeLessThanOrEqual(998);
          expect(line.startsWith('.')).toBe(false);
        }
        expect(pdfNameOf({ ...order, document: { ...order.document, type: { code: 'x', label } } })).toMatch(
          /^\d{8}_[A-Za-z0-9_]{1,40}_[A-Z-]+_[A-Za-z0-9-]+\.pdf$/,
        );
      }),
    );
  });

  it('keeps the label within 40 characters, cut at a word', () => {
    const label = 'Compte rendu de consultation d’anesthésie préopératoire';
    const subject = subjectOf({ ...order, document: { ...order.document, type: { code: 'x', label } } });
    expect(subject).toBe('XDM/1.0/DDM+Compte rendu de consultation PAT-TROIS DOMINIQUE 28/03/1979');
  });

  it('larger than the limit is refused', () => {
    expect(() => assertSize(10_000_001, 10_000_000)).toThrow(/MESSAGE_TOO_LARGE/);
    expect(() => assertSize(10_000_000, 10_000_000)).not.toThrow();
  });
});

describe('a header', () => {
  it('never holds what could begin another one', () => {
    for (const bad of ['a\rb', 'a\nb', 'a\0b', 'a\u2028b', 'a\u0085b', 'a\ud800']) {
      expect(() => textField('Subject', bad)).toThrow(/HEADER_UNSAFE/);
      expect(() => mailboxField('From', 'a@b.fr', bad)).toThrow(/HEADER_UNSAFE/);
      expect(() => plainField('X-MSS-NIL', bad)).toThrow(/HEADER_UNSAFE/);
    }
    expect(() => mailboxField('To', 'a@b.fr>, <c@d.fr')).toThrow(/HEADER_UNSAFE/);
  });

  it('reads back as what was written', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 300 })
      .filter((one) => !/[\p{Cc}\u2028\u2029\ufffe\uffff]/u.test(one));
    fc.assert(
      fc.property(text, (value) => {
        const field = textField('Subject', value);
        const unfolded = field.replace(/\r\n /g, ' ').slice('Subject: '.length);
        expect(decodedWords(unfolded)).toBe(value);
        for (const line of field.split('\r\n')) expect(line.length).toBeLessThanOrEqual(90);
      }),
    );
  });
});

describe('an address', () => {
  it.each([
    '"a@evil x"@mss.mssante.fr',
    'group:a@chu.mssante.fr;',
    'a(comment)@chu.mssante.fr',
    'a@chu.mssante.fr\r\nBcc: b@chu.mssante.fr',
    '=?utf-8?q?a?=@chu.mssante.fr',
    'a@exemple.fr',
    'a@evilmssante.fr',
    `${'a'.repeat(2_000)}@chu.mssante.fr`,
    // Of a patient: made of a qualified INS alone, never taken from what somebody wrote.
    '279035121518989@patient.mssante.fr',
  ])('as %j is not used', (text) => {
    expect(() => usableAddress(text, rules)).toThrow(/ADDRESS_INVALID/);
  });

  it('of a patient is made of a qualified INS alone', () => {
    expect(patientAddress(order, { ...rules, patientPrefix: 'test' })).toBe('test279035121518989@patient.mssante.fr');
    expect(() => patientAddress({ patient: { ...order.patient, matricule: null } }, rules)).toThrow(/INS_REQUIRED/);
  });
});
