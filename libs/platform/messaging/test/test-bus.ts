import { randomUUID } from 'node:crypto';
import { KafkaEventBus, type KafkaEventBusOptions } from '../src/bus/kafka-event-bus.js';

/** Of TEST_KAFKA_BROKERS. */
export function testBrokers(): string[] {
  const brokers = process.env['TEST_KAFKA_BROKERS'];
  if (!brokers) throw new Error('TEST_KAFKA_BROKERS is not set');
  return brokers.split(',');
}

/** A bus on the broker of TEST_KAFKA_BROKERS, with a prefix of its own unless one is given. */
export function testBus(options: Partial<KafkaEventBusOptions> = {}): KafkaEventBus {
  return new KafkaEventBus({
    brokers: testBrokers(),
    clientId: 'test',
    topicPrefix: `test-${randomUUID().slice(0, 8)}.`,
    retryDelayMs: { first: 50, longest: 500 },
    ...options,
  });
}
