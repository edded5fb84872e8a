import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ofKafkajs, RequestQueueClass, stopIdleTimers } from './kafkajs-idle-timers.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  push(request: object): void;
}

const REQUEST_TIMEOUT_MS = 1_000;

/** As kafkajs builds one for each connection. */
const queue = (enforceRequestTimeout = false): Queue =>
  new (RequestQueueClass as unknown as new (options: object) => Queue)({
    maxInFlightRequests: 1,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout,
    logger: { debug() {} },
  });

/** How often timers ran within 1 s. */
const wakeUps = (): number => {
  const timers = jest.getTimerCount();
  let count = 0;
  const until = Date.now() + 1_000;
  while (timers > 0 && Date.now() < until) {
    jest.advanceTimersToNextTimer();
    count += 1;
  }
  return count;
};

describe('the idle timers of kafkajs', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    stopIdleTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('still run for ever in kafkajs itself: when this fails the patch is no longer needed', () => {
    Object.assign(RequestQueueClass.prototype, ofKafkajs);
    queue().checkPendingRequests();
    jest.advanceTimersByTime(50);
    expect(jest.getTimerCount()).toBe(1);
  });

  it('still looks every 100 ms in kafkajs itself, whatever time requests have', () => {
    Object.assign(RequestQueueClass.prototype, ofKafkajs);
    const idle = queue(true) as Queue & { requestTimeout: number };
    idle.requestTimeout = 30_000;
    idle.scheduleRequestTimeoutCheck();
    expect(wakeUps()).toBe(10);
  });

  it('are not armed with nothing to send', () => {
    queue().checkPendingRequests();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are armed with something to send', () => {
    const full = queue();
    full.pending.push({});
    full.throttledUntil = Date.now() + 1_000;
    full.checkPendingRequests();
    expect(jest.getTimerCount()).toBe(1);
  });

  it('look rarely for requests that have much time', () => {
    const idle = queue(true) as Queue & { requestTimeout: number };
    idle.requestTimeout = 30_000;
    idle.scheduleRequestTimeoutCheck();
    expect(wakeUps()).toBe(1);
  });

  it('give up a request that is not answered in its time, a tenth of it too late at most', () => {
    const connected = queue(true);
    connected.scheduleRequestTimeoutCheck();
    const reject = jest.fn();
    connected.push({
      entry: { correlationId: 7, apiName: 'Produce', apiKey: 0, apiVersion: 7, reject },
      expectResponse: true,
      sendRequest: () => undefined,
    });
    jest.advanceTimersByTime(REQUEST_TIMEOUT_MS);
    expect(reject).not.toHaveBeenCalled();
    jest.advanceTimersByTime(REQUEST_TIMEOUT_MS / 10);
    expect(reject).toHaveBeenCalledWith(expect.objectContaining({ name: 'KafkaJSRequestTimeoutError' }));
  });

  it('do not look where requests have no limit', () => {
    queue().scheduleRequestTimeoutCheck();
    expect(jest.getTimerCount()).toBe(0);
  });
});
