import { jest } from '@jest/globals';
import { describeEventBus } from './event-bus.suite.js';
import { testBus } from './test-bus.js';

jest.setTimeout(120_000);

/** The shortest that a broker accepts unless told otherwise. */
const SESSION_MS = 6_000;

describeEventBus('KafkaEventBus', () => testBus({ sessionTimeoutMs: SESSION_MS }), SESSION_MS);
