export * from './bus/event-bus.js';
export * from './bus/kafka-event-bus.js';
export * from './outbox/new-event.js';
export * from './outbox/outbox.js';
export * from './outbox/relay.js';
export * from './consumer/event-context.js';
export * from './consumer/on-events.js';
export * from './consumer/kafka-strategy.js';
export { KAFKA_TRANSPORT } from './consumer/kafka-transport.js';
