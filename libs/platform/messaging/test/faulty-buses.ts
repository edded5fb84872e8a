import { EventBus, MessagingError, type KafkaEventBus, type SubscriptionOptions } from '../src/index.js';

/** A broker whose commits are lost while `crashing`, as when the process dies after its database commit. */
export class CrashingBus extends EventBus {
  crashing = true;

  constructor(private readonly bus: KafkaEventBus) {
    super();
  }

  override subscribe(options: SubscriptionOptions) {
    return this.bus.subscribe({
      ...options,
      handler: (batch) =>
        options.handler({
          ...batch,
          commit: (record) => (this.crashing ? Promise.reject(new Error('killed')) : batch.commit(record)),
        }),
    });
  }

  override publish: EventBus['publish'] = (...args) => this.bus.publish(...args);
  override ensureTopics: EventBus['ensureTopics'] = (...args) => this.bus.ensureTopics(...args);
  override missingTopics: EventBus['missingTopics'] = (...args) => this.bus.missingTopics(...args);
  override close = (): Promise<void> => this.bus.close();
}

/** A broker that nobody reaches while `away`. */
export class AwayBus extends EventBus {
  away = true;
  refused = 0;

  constructor(private readonly bus: KafkaEventBus) {
    super();
  }

  override async subscribe(options: SubscriptionOptions) {
    if (!this.away) return this.bus.subscribe(options);
    this.refused += 1;
    throw new MessagingError('EVENT_BUS_UNAVAILABLE', 'Kafka ne répond pas.');
  }

  override publish: EventBus['publish'] = (...args) => this.bus.publish(...args);
  override ensureTopics: EventBus['ensureTopics'] = (...args) => this.bus.ensureTopics(...args);
  override missingTopics: EventBus['missingTopics'] = (...args) => this.bus.missingTopics(...args);
  override close = (): Promise<void> => this.bus.close();
}
