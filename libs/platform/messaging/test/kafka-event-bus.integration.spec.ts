import { jest } from '@jest/globals';
import { describeEventBus } from './event-bus.suite.js';
import { testBus } from './test-bus.js';

jest.setTimeout(120_000);

describeEventBus('KafkaEventBus', () => testBus());
