import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RequestQueueClass, scheduleOfKafkajs, stopIdleTimer } from './kafkajs-idle-timer.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

/** As kafkajs builds one for each connection. */
const queue = (): Queue =>
  new (RequestQueueClass as unknown as new (options: object) => Queue)({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    logger: { debug() {} },
  });

describe('the idle timer of kafkajs', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => {
    jest.useRealTimers();
  });

  it('still runs for ever in kafkajs itself: when this fails the patch is no longer needed', () => {
    RequestQueueClass.prototype.scheduleCheckPendingRequests = scheduleOfKafkajs;
    queue().checkPendingRequests();
    jest.advanceTimersByTime(50);
    expect(jest.getTimerCount()).toBe(1);
  });

  it('is not armed with nothing to send', () => {
    stopIdleTimer();
    queue().checkPendingRequests();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is armed with something to send', () => {
    stopIdleTimer();
    const full = queue();
    full.pending.push({});
    full.throttledUntil = Date.now() + 1_000;
    full.checkPendingRequests();
    expect(jest.getTimerCount()).toBe(1);
  });
});
