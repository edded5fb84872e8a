import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { joined, sampleEnvelope } from '../test/samples.js';
import type { RegisteredEntry, RegistryError, StoredQuery } from './model.js';
import { buildRegistryResponse, parseRegistryResponse } from './registry-response.js';
import { buildSoapFault } from './soap.js';
import {
  buildStoredQuery,
  buildStoredQueryResponse,
  parseStoredQuery,
  parseStoredQueryResponse,
} from './stored-query.js';

const closed: RegistryError = {
  errorCode: 'DMPClosed',
  codeContext: 'Le DMP est fermé & "archivé" <depuis 2024>',
  severity: 'Error',
  location: null,
};

describe('registry response', () => {
  it.each([
    { status: 'Success', errors: [] },
    { status: 'Failure', errors: [closed, { ...closed, errorCode: 'XDSRegistryError', location: 'Document01' }] },
    { status: 'PartialSuccess', errors: [{ ...closed, severity: 'Warning' }] },
  ] as const)('keeps status $status and its errors', (response) => {
    const { contentType, body } = buildRegistryResponse(response, 'urn:uuid:1');
    expect(parseRegistryResponse(contentType, joined(body))).toEqual({ kind: 'response', ...response });
  });

  it('is read inside a multipart body, whatever the case and order of its headers', () => {
    const { body } = buildRegistryResponse({ status: 'Success', errors: [] }, null);
    const multipart = Buffer.concat([
      Buffer.from(
        'preamble\r\n--b 1\r\ncontent-id:  <other>\r\n\r\nignored\r\n--b 1\r\nCONTENT-TYPE: application/xop+xml\r\nContent-Id: <r@x>\r\n\r\n',
      ),
      ...body,
      Buffer.from('\r\n--b 1--\r\n'),
    ]);
    expect(parseRegistryResponse('Multipart/Related; start="<r@x>"; boundary="b 1"', multipart)).toMatchObject({
      status: 'Success',
    });
  });

  it('gives a SOAP fault with code, subcodes and reason', () => {
    const fault = {
      code: 'Sender',
      subcodes: ['DMPInvalidCertificate', 'Inner'],
      reason: 'Certificat refusé',
    } as const;
    const { contentType, body } = buildSoapFault(fault, null);
    expect(parseRegistryResponse(contentType, joined(body))).toEqual({ kind: 'fault', ...fault });
    expect(parseStoredQueryResponse(contentType, joined(body))).toEqual({ kind: 'fault', ...fault });
  });

  it.each([
    ['an HTML page', 'text/html', '<html></html>', 'XDS_MALFORMED'],
    ['an empty body', 'application/soap+xml', '', 'XDS_MALFORMED'],
    ['XML that is not SOAP', 'application/soap+xml', '<a/>', 'XDS_MALFORMED'],
    ['an entity', 'application/soap+xml', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'XML_DTD_FORBIDDEN'],
    ['elements 1000 deep', 'application/soap+xml', '<a>'.repeat(1000) + '</a>'.repeat(1000), 'XML_LIMIT'],
    ['an answer above its size limit', 'application/soap+xml', `<a>${' '.repeat(17 * 1024 * 1024)}</a>`, 'XML_LIMIT'],
    ['a text of 12 MB', 'application/soap+xml', `<a>${'x'.repeat(12 * 1024 * 1024)}</a>`, 'XML_LIMIT'],
    ['too many elements', 'application/soap+xml', `<a>${'<b/>'.repeat(300_000)}</a>`, 'XML_LIMIT'],
    ['UTF-16', 'application/soap+xml', Buffer.from('<a/>', 'utf16le').toString('latin1'), 'XDS_MALFORMED'],
    [
      'too many namespaces',
      'application/soap+xml',
      `<a ${Array.from({ length: 99 }, (_, index) => `xmlns:p${index}="u:${index}"`).join(' ')}/>`,
      'XML_LIMIT',
    ],
  ])('refuses %s', (_title, contentType, text, code) => {
    expect(() => parseRegistryResponse(contentType, Buffer.from(text, 'latin1'))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('refuses a status that it does not know', () => {
    const { contentType, body } = buildRegistryResponse({ status: 'Success', errors: [] }, null);
    const changed = Buffer.from(joined(body).toString().replace('StatusType:Success', 'StatusType:Perhaps'));
    expect(() => parseRegistryResponse(contentType, changed)).toThrow(expect.objectContaining({ location: 'status' }));
  });
});

describe('ITI-18', () => {
  const queries: StoredQuery[] = [
    { kind: 'get-documents-by-unique-id', uniqueIds: ['1.2.3', "4.5'6"] },
    { kind: 'get-documents-by-entry-uuid', entryUuids: [`urn:uuid:${randomUUID()}`] },
    {
      kind: 'find-documents',
      patientId: { value: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
      statuses: ['Approved', 'Deprecated'],
      createdFrom: '20250101000000',
      createdTo: '20250201000000',
    },
    { kind: 'find-documents', patientId: { value: '1', oid: '1.2' }, statuses: ['Approved'] },
  ];
  it.each(queries)('gives back the query $kind', (query) => {
    const envelope = sampleEnvelope();
    const { contentType, body } = buildStoredQuery(query, envelope);
    const parsed = parseStoredQuery(contentType, joined(body));
    expect(parsed.query).toEqual(query);
    expect(parsed.header).toMatchObject({
      messageId: envelope.messageId,
      action: 'urn:ihe:iti:2007:RegistryStoredQuery',
    });
  });

  it('refuses a query without its parameter', () => {
    const { contentType, body } = buildStoredQuery(
      { kind: 'get-documents-by-unique-id', uniqueIds: [] },
      sampleEnvelope(),
    );
    expect(() => parseStoredQuery(contentType, joined(body))).toThrow(
      expect.objectContaining({ code: 'XDS_MALFORMED' }),
    );
  });

  it('gives back the entries, those with less metadata too', () => {
    const entries: RegisteredEntry[] = [
      {
        entryUuid: `urn:uuid:${randomUUID()}`,
        uniqueId: '1.2.3',
        hash: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
        size: 12,
        status: 'Approved',
        patientId: '279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH',
        repositoryUniqueId: '1.2.250.1.213.4.1.1.1.2',
      },
      {
        entryUuid: `urn:uuid:${randomUUID()}`,
        uniqueId: '1.2.4',
        hash: null,
        size: null,
        status: 'Archived',
        patientId: 'x',
        repositoryUniqueId: null,
      },
    ];
    const { contentType, body } = buildStoredQueryResponse({ status: 'Success', errors: [], entries }, null);
    expect(parseStoredQueryResponse(contentType, joined(body))).toEqual({
      kind: 'response',
      status: 'Success',
      errors: [],
      entries,
    });
  });
});
