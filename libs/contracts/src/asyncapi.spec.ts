import { describe, expect, it } from '@jest/globals';
import { asyncApiDocument } from './asyncapi.js';
import { eventContracts } from './registry.js';
import { topics } from './topics.js';

const example = { deliveryId: 'd' };
const document = asyncApiDocument({
  version: '1.2.3',
  topicPrefix: 'chu.',
  examples: { 'dmp.deposit-refused.v1': example },
});

/** What a `$ref` of the document points at. */
function follow(reference: string): unknown {
  const [root, ...path] = reference.split('/');
  expect(root).toBe('#');
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
}

function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : references(value)));
}

describe('the AsyncAPI document', () => {
  it('is plain JSON whose references lead somewhere', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    const all = references({ channels: document['channels'], operations: document['operations'] });
    expect(all.length).toBeGreaterThan(eventContracts.length);
    for (const reference of all) expect(follow(reference)).toBeDefined();
  });

  it('describes every topic with its prefix, and every event with its payload', () => {
    for (const topic of Object.values(topics))
      expect(follow(`#/channels/${topic.name}`)).toMatchObject({
        address: `chu.${topic.name}`,
        bindings: { kafka: { partitions: 12, topicConfiguration: { 'retention.ms': 1_209_600_000 } } },
      });
    for (const { type, topic } of eventContracts) {
      expect(follow(`#/channels/${topic.name}/messages/${type}`)).toBeDefined();
      expect(follow(`#/components/messages/${type}/payload/schema/type`)).toBe('object');
      expect(follow(`#/components/messages/${type}/headers/required`)).toContain('pfi_sequence');
    }
  });

  it('says who sends and who receives', () => {
    expect(follow('#/operations/identity.send.pfi.identity')).toMatchObject({ action: 'send' });
    expect(follow('#/operations/dmp-gateway.receive.pfi.documents')).toMatchObject({
      action: 'receive',
      channel: { $ref: '#/channels/pfi.documents' },
    });
  });

  it('shows the examples it is given', () => {
    expect(follow('#/components/messages/dmp.deposit-refused.v1/examples')).toEqual([{ payload: example }]);
    expect(follow('#/components/messages/dmp.deposit-parked.v1/examples')).toBeUndefined();
  });
});
