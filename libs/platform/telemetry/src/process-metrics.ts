import { monitorEventLoopDelay } from 'node:perf_hooks';
import { meter } from './metrics.js';

/** Each tick wakes an idle process; what is shorter holds nobody up. */
const RESOLUTION_MS = 200;

let observed = false;

/** Event-loop delay since the last reading, memory and CPU of this process. Idempotent. */
export function observeProcess(): void {
  if (observed) return;
  observed = true;
  const process_ = meter('process');
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // The histogram holds the time from one tick of its own timer to the next one.
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
  process_
    .createObservableGauge('nodejs_eventloop_delay_seconds', { description: 'Event-loop delay since the last reading' })
    .addCallback((result) => {
      for (const quantile of [50, 99])
        result.observe(seconds(delay.percentile(quantile)), { quantile: String(quantile / 100) });
      result.observe(seconds(delay.max), { quantile: '1' });
      delay.reset();
    });
  process_.createObservableGauge('process_memory_bytes', { description: 'Memory by kind' }).addCallback((result) => {
    const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    for (const [kind, bytes] of Object.entries({ rss, heapUsed, heapTotal, external, arrayBuffers })) {
      result.observe(bytes, { kind });
    }
  });
  process_
    .createObservableCounter('process_cpu_seconds', { description: 'CPU time of the process' })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe((user + system) / 1e6);
    });
}
