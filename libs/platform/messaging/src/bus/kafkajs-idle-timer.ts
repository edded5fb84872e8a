import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
}
interface RequestQueueClass {
  prototype: { scheduleCheckPendingRequests(this: RequestQueue): void };
}

const RequestQueueClass = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as RequestQueueClass;
const original = RequestQueueClass.prototype.scheduleCheckPendingRequests;

/**
 * kafkajs 2.2.4 re-arms a 1 ms timer for ever on each connection, even with nothing to send (3–4.5 % of a core for an idle
 * service). Nothing pending needs no check: the next push schedules its own.
 */
export function stopIdleTimer(): void {
  RequestQueueClass.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) original.call(this);
  };
}

export { original as scheduleOfKafkajs, RequestQueueClass };
