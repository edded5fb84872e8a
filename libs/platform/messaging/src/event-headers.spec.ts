import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type EventHead, fromHeaders, toHeaders } from './event-headers.js';

const head: EventHead = {
  id: randomUUID(),
  type: 'documents.document-recorded.v1',
  source: 'documents',
  time: '2026-11-22T10:00:00.000Z',
  owner: 'ej:750000001',
  aggregate: randomUUID(),
  sequence: 3,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  replay: true,
};

describe('event headers', () => {
  it('read back what they were written from', () => {
    expect(fromHeaders(toHeaders(head))).toEqual(head);
  });

  it('leave out traceparent and replay when there is none', () => {
    const { traceparent: _traceparent, ...untraced } = head;
    const headers = toHeaders({ ...untraced, replay: false });
    expect(Object.keys(headers)).not.toContain('traceparent');
    expect(Object.keys(headers)).not.toContain('pfi_replay');
    expect(fromHeaders(headers)).toEqual({ ...untraced, replay: false });
  });

  it.each([
    ['ce_id', 'not-a-uuid'],
    ['pfi_sequence', '1.5'],
    ['pfi_sequence', '-1'],
    ['ce_specversion', '2.0'],
    ['pfi_owner', ''],
  ])('name %s when its value is %j', (name, value) => {
    expect(fromHeaders({ ...toHeaders(head), [name]: value })).toEqual({ wrong: [name] });
  });
});
