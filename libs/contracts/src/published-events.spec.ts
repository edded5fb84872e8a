import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { EventContract } from './event-contract.js';
import { incompatibilities, payloadSchema, type PayloadSchema } from './payload-schema.js';
import { contractOf, eventContracts } from './registry.js';
import { topics } from './topics.js';

const folder = (name: string) => new URL(`../${name}/`, import.meta.url);
const read = (name: string, type: string): unknown =>
  JSON.parse(readFileSync(new URL(`${type}.json`, folder(name)), 'utf8'));
const named = eventContracts.map((contract): [string, EventContract] => [contract.type, contract]);
const types = eventContracts.map(({ type }) => type).sort();

describe.each(named)('%s', (type, contract) => {
  it('has an example that its schema takes whole', () => {
    const example = read('examples', type);
    const parsed = contract.schema.parse(example);
    expect(parsed).toEqual(example);
    expect(contract.aggregate(parsed)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('ignores fields that a newer writer added', () => {
    const example = read('examples', type) as object;
    expect(contract.schema.parse({ ...example, addedLater: 1 })).toEqual(example);
  });

  it('has only grown by optional fields since it was published', () => {
    expect(incompatibilities(read('schemas', type) as PayloadSchema, payloadSchema(contract))).toEqual([]);
  });

  it('is recorded as it is: `node libs/contracts/record-schemas.mjs` after a build adds what is new', () => {
    expect(payloadSchema(contract)).toEqual(read('schemas', type));
  });
});

describe('the registry', () => {
  it('knows each type once, and nothing recorded has left it', () => {
    expect(new Set(types).size).toBe(types.length);
    for (const name of ['examples', 'schemas'])
      expect(readdirSync(folder(name)).sort()).toEqual(types.map((type) => `${type}.json`));
    for (const type of types) expect(contractOf(type)?.type).toBe(type);
    expect(contractOf('identity.never.v1')).toBeUndefined();
  });

  it('names events context.what-happened.vN, each on the topic of its context', () => {
    for (const { type, topic } of eventContracts) {
      expect(type).toMatch(/^[a-z]+(\.[a-z]+(-[a-z]+)+)\.v\d+$/);
      expect(topic.name).toBe(`pfi.${type.split('.')[0]}`);
    }
  });
});

describe.each(Object.values(topics).map((topic) => [topic.name, topic] as const))('topic %s', (_name, topic) => {
  it('has an owner, consumers other than its owner, a key and events', () => {
    expect(topic.owner).not.toBe('');
    expect(topic.consumers.length).toBeGreaterThan(0);
    expect(topic.consumers).not.toContain(topic.owner);
    expect(topic.key).not.toBe('');
    expect(eventContracts.some((contract) => contract.topic === topic)).toBe(true);
  });

  it('keeps records at least 14 days in 12 partitions', () => {
    expect(topic.partitions).toBe(12);
    expect(topic.retentionDays).toBeGreaterThanOrEqual(14);
  });
});
