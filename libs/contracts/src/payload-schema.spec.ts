import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineEvent } from './event-contract.js';
import { incompatibilities, payloadSchema } from './payload-schema.js';
import { topics } from './topics.js';

const schemaOf = (schema: z.ZodType) =>
  payloadSchema(defineEvent({ type: 'test.happened.v1', topic: topics.identity, aggregate: () => '', schema }));

const shape = {
  id: z.uuid(),
  state: z.enum(['open', 'ended']),
  people: z.array(z.object({ name: z.string() })),
  stay: z.object({ number: z.string() }).nullable(),
  note: z.string().optional(),
};
const published = schemaOf(z.object(shape));
const change = (changes: z.ZodRawShape) => incompatibilities(published, schemaOf(z.object({ ...shape, ...changes })));

describe('a published event version', () => {
  it('may stay as it is, and may grow by optional fields, at any depth', () => {
    expect(change({})).toEqual([]);
    expect(change({ more: z.int().optional() })).toEqual([]);
    expect(change({ people: z.array(z.object({ name: z.string(), age: z.int().optional() })) })).toEqual([]);
    expect(change({ stay: z.object({ number: z.string(), unit: z.string().optional() }).nullable() })).toEqual([]);
  });

  it.each<[string, z.ZodRawShape, string]>([
    ['a new required field', { more: z.int() }, 'more: new and required'],
    ['a required field made optional', { id: z.uuid().optional() }, 'id: required changed'],
    ['an optional field made required', { note: z.string() }, 'note: required changed'],
    ['another type', { note: z.int().optional() }, 'note: type changed'],
    ['a new value of an enumeration', { state: z.enum(['open', 'ended', 'lost']) }, 'state: enum changed'],
    ['a field of a list removed', { people: z.array(z.object({})) }, 'people[].name: removed'],
    [
      'a required field in a nullable',
      { stay: z.object({ number: z.string(), at: z.string() }).nullable() },
      'stay.at: new and required',
    ],
    ['a nullable that is none any more', { stay: z.object({ number: z.string() }) }, 'stay: anyOf changed'],
  ])('may not have %s', (_name, changes, problem) => {
    expect(change(changes)).toContain(problem);
  });

  it('may not lose a field', () => {
    const { note: _note, ...rest } = shape;
    expect(incompatibilities(published, schemaOf(z.object(rest)))).toEqual(['note: removed']);
  });
});
