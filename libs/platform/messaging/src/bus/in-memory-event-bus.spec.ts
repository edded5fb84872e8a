import { describeEventBus } from '../../test/event-bus.suite.js';
import { InMemoryEventBus } from './in-memory-event-bus.js';

describeEventBus('InMemoryEventBus', () => new InMemoryEventBus(), 100);
