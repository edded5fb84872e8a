import { describe, expect, it } from '@jest/globals';
import {
  buildSearchRequest,
  buildSearchResponse,
  parseSearchRequest,
  parseSearchResponse,
  type InsiAnswer,
  type InsiSearch,
} from './index.js';

const context = {
  messageId: '018f4e10-0000-7000-8000-000000000001',
  at: new Date('2026-11-23T08:00:00Z'),
  emitter: '990000200',
  software: { idam: 'ZZ123', name: 'PFI', version: '0.1', instance: 'essai' },
};
const search: InsiSearch = {
  birthName: "D'ESSAI & CIE",
  givenNames: ['DOMINIQUE', 'CLAUDE'],
  sex: 'F',
  birthDate: '1997-02-26',
  birthPlace: '20020',
};
const found: InsiAnswer = {
  kind: 'found',
  identity: {
    ins: { matricule: '297022A02077878', oid: '1.2.250.1.213.1.4.10' },
    history: [{ matricule: '297022A02077877', oid: '1.2.250.1.213.1.4.10' }],
    traits: {
      birthName: 'ADRTROIS',
      birthGivenNames: 'DOMINIQUE CLAUDE',
      firstGivenName: 'DOMINIQUE',
      sex: 'F',
      birthDate: '1997-02-26',
      birthPlace: '20020',
    },
  },
};

describe('a search by traits', () => {
  it('comes to the service as it was asked', () => {
    expect(parseSearchRequest(buildSearchRequest(search, context))).toEqual({
      search,
      messageId: `uuid:${context.messageId}`,
    });
  });

  it('may leave the birth place out', () => {
    const { birthPlace: _left, ...short } = search;
    expect(parseSearchRequest(buildSearchRequest(short, context)).search).toEqual(short);
  });

  it.each<[string, InsiAnswer]>([
    ['one identity (00)', found],
    ['nobody (01)', { kind: 'none' }],
    ['several (02)', { kind: 'many' }],
    ['a code that nobody knows yet', { kind: 'other', code: '07', label: 'Nouveau cas' }],
    ['a technical fault', { kind: 'fault', code: 'insi_102', label: 'Erreur technique' }],
  ])('is answered by %s', (_name, answer) => {
    const { body, status } = buildSearchResponse(answer, 'uuid:1');
    expect(parseSearchResponse(body)).toEqual(answer);
    expect(status).toBe(answer.kind === 'fault' ? 500 : 200);
  });

  it('knows a fault by its subcode when the detail is missing', () => {
    const body = buildSearchResponse({ kind: 'fault', code: 'x', label: 'Refus' }, null)
      .body.toString()
      .replace(/<soap:Detail>.*<\/soap:Detail>/, '')
      .replace('</soap:Code>', '<soap:Subcode><soap:Value>S:siram_40</soap:Value></soap:Subcode></soap:Code>');
    expect(parseSearchResponse(Buffer.from(body))).toEqual({ kind: 'fault', code: 'siram_40', label: 'Refus' });
  });
});

describe('an answer that cannot be read', () => {
  const answer = buildSearchResponse(found, null).body.toString();

  it.each([
    ['no XML', 'Service indisponible', 'INSI_MALFORMED'],
    ['another envelope', '<a/>', 'INSI_MALFORMED'],
    ['an identity without INS', answer.replace(/<INSACTIF>.*<\/INSACTIF>/, ''), 'INSI_MALFORMED'],
    ['an identity without traits', answer.replace(/<TIQ>.*<\/TIQ>/, ''), 'INSI_MALFORMED'],
    ['no report', answer.replace(/<CR>.*<\/CR>/, ''), 'INSI_MALFORMED'],
    ['a DTD', answer.replace('<soap:Envelope', '<!DOCTYPE a><soap:Envelope'), 'XML_DTD_FORBIDDEN'],
    ['a megabyte', answer.padEnd(1_000_001), 'XML_LIMIT'],
  ])('is refused: %s', (_name, text, code) => {
    expect(() => parseSearchResponse(Buffer.from(text))).toThrow(expect.objectContaining({ code }));
  });
});
