import type { EventContract } from './event-contract.js';
import { payloadSchema } from './payload-schema.js';
import { eventContracts } from './registry.js';
import type { Topic } from './topics.js';

export interface AsyncApiOptions {
  /** Version of the platform. */
  readonly version: string;
  /** Before every topic name, as in PFI_KAFKA_TOPIC_PREFIX. */
  readonly topicPrefix?: string;
  /** Example payloads by event type. */
  readonly examples?: Readonly<Record<string, unknown>>;
  readonly contracts?: readonly EventContract[];
}

const header = (description: string, more: object = {}) => ({ type: 'string', description, ...more });

/** What travels beside every payload (CloudEvents 1.0 in Kafka headers, binary mode). */
const headers = {
  type: 'object',
  required: [
    'ce_specversion',
    'ce_id',
    'ce_type',
    'ce_source',
    'ce_time',
    'pfi_owner',
    'pfi_aggregate',
    'pfi_sequence',
  ],
  properties: {
    ce_specversion: header('CloudEvents version', { const: '1.0' }),
    ce_id: header('unique id of the event', { format: 'uuid' }),
    ce_type: header('event type and version'),
    ce_source: header('service that published it'),
    ce_time: header('instant of publication', { format: 'date-time' }),
    ce_subject: header('aggregate'),
    traceparent: header('W3C trace context'),
    pfi_owner: header('whose data this is: ej:<FINESS> or dom:<identity domain>'),
    pfi_aggregate: header('what stays in order; also the Kafka key'),
    pfi_sequence: header('position in the aggregate, from 1, without gap'),
    pfi_replay: header('the owner publishes its current state again', { const: 'true' }),
  },
};

/** The AsyncAPI 3.0 description of every event that the services exchange. Pure. */
export function asyncApiDocument(options: AsyncApiOptions): Record<string, unknown> {
  const { version, topicPrefix = '', examples = {}, contracts = eventContracts } = options;
  const byTopic = Map.groupBy(contracts, (contract) => contract.topic);
  const topics = [...byTopic.keys()];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Plateforme d’intermédiation: events',
      version,
      description: 'At-least-once; a consumer skips what it knows and waits for what is missing in an aggregate.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      [...byTopic].map(([topic, events]) => [topic.name, channel(topic, events, topicPrefix)]),
    ),
    operations: Object.fromEntries(topics.flatMap(operations)),
    components: {
      messages: Object.fromEntries(contracts.map((contract) => [contract.type, message(contract, examples)])),
    },
  };
}

function channel(topic: Topic, contracts: readonly EventContract[], prefix: string): object {
  return {
    address: prefix + topic.name,
    description: `Owner: ${topic.owner}. Key: ${topic.key}.`,
    messages: Object.fromEntries(contracts.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      kafka: {
        topic: prefix + topic.name,
        partitions: topic.partitions,
        topicConfiguration: { 'retention.ms': topic.retentionDays * 24 * 3_600_000 },
        bindingVersion: '0.5.0',
      },
    },
  };
}

function operations(topic: Topic): [string, object][] {
  const operation = (action: 'send' | 'receive', service: string): [string, object] => [
    `${service}.${action}.${topic.name}`,
    { action, channel: { $ref: `#/channels/${topic.name}` }, tags: [{ name: service }] },
  ];
  return [operation('send', topic.owner), ...topic.consumers.map((consumer) => operation('receive', consumer))];
}

function message(contract: EventContract, examples: Readonly<Record<string, unknown>>): object {
  const { $schema, ...schema } = payloadSchema(contract);
  const example = examples[contract.type];
  return {
    name: contract.type,
    contentType: 'application/json',
    headers,
    payload: { schemaFormat: `application/schema+json;version=${draftOf($schema)}`, schema },
    bindings: { kafka: { key: { type: 'string', description: contract.topic.key }, bindingVersion: '0.5.0' } },
    ...(example === undefined ? {} : { examples: [{ payload: example }] }),
  };
}

const draftOf = (schema: unknown): string => /draft\/([\w-]+)\/schema/.exec(String(schema))?.[1] ?? '2020-12';
