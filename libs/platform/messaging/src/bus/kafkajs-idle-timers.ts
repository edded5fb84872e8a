import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
  readonly inflight: Map<number, { readonly sentAt: number; readonly requestTimeout: number; timeoutRequest(): void }>;
  readonly enforceRequestTimeout: boolean;
  readonly requestTimeout: number;
  requestTimeoutIntervalId?: NodeJS.Timeout;
  isConnected(): boolean;
  destroy(): void;
}
interface RequestQueueClass {
  prototype: {
    scheduleCheckPendingRequests(this: RequestQueue): void;
    scheduleRequestTimeoutCheck(this: RequestQueue): void;
  };
}

const RequestQueueClass = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as RequestQueueClass;
const { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck } = RequestQueueClass.prototype;
const ofKafkajs = { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck };

/** A request is given up this part of its time too late at most. */
const LATE = 1 / 10;

/**
 * kafkajs 2.2.4 wakes an idle process twice for nothing. It re-arms a 1 ms timer for ever on each connection, even with nothing to
 * send (3–4.5 % of a core for an idle service): nothing pending needs no check, the next push schedules its own. And it looks for
 * requests without an answer every 100 ms on each connection (a third of what an idle service still burns), whatever time they have.
 */
export function stopIdleTimers(): void {
  RequestQueueClass.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) ofKafkajs.scheduleCheckPendingRequests.call(this);
  };
  RequestQueueClass.prototype.scheduleRequestTimeoutCheck = function () {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(() => {
      for (const request of this.inflight.values())
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
      if (!this.isConnected()) this.destroy();
    }, this.requestTimeout * LATE);
  };
}

export { ofKafkajs, RequestQueueClass };
