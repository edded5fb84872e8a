import { describe, expect, it } from '@jest/globals';
import { defineEvent, topics } from '@pfi/contracts';
import { z } from 'zod';
import { toHeaders } from '../event-headers.js';
import { HandlerRegistry } from './handler-registry.js';
import { readEvent, type EventContent } from './incoming-event.js';

const contract = defineEvent({
  type: 'identity.patient-changed.v1',
  topic: topics.identity,
  aggregate: ({ patientId }) => patientId,
  schema: z.object({ patientId: z.string() }),
});
const handler = Object.assign(async () => undefined, { extras: { contract } });
const registry = new HandlerRegistry(new Map([[contract.type, handler as never]]));

function contentOf(type: string, payload: object): EventContent | undefined {
  const headers = toHeaders({
    ...{ id: 'a1f0c1de-0000-4000-8000-000000000001', type, source: 'identity', time: '2026-11-24T10:00:00Z' },
    ...{ owner: 'dom:nord', aggregate: 'p', sequence: 1, replay: false },
  });
  const raw = { topic: topics.identity.name, headers, value: Buffer.from(JSON.stringify(payload)) };
  const event = readEvent(
    raw,
    (name) => registry.of(name)?.contract,
    (name) => registry.isOtherVersion(name),
  );
  return 'wrong' in event ? undefined : event.content;
}

describe('an event that came', () => {
  it('is read as far as its fields are known', () => {
    expect(contentOf(contract.type, { patientId: 'p', later: true })).toEqual({
      kind: 'handled',
      payload: { patientId: 'p' },
    });
  });

  it('is invalid in a version of a handled type that is not known here', () => {
    expect(contentOf('identity.patient-changed.v2', {})).toMatchObject({ kind: 'invalid' });
  });

  it('only counts when nobody here handles its type', () => {
    expect(contentOf('identity.stay-changed.v1', {})).toEqual({ kind: 'unhandled' });
  });
});
