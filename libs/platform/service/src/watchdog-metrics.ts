import type { ConsumerProgress, Relay } from '@pfi/platform-messaging';
import type { Database, Reading } from '@pfi/platform-postgres';
import { meter, type BatchObservableResult } from '@pfi/platform-telemetry';

const metrics = meter('pfi.watchdogs');
const outboxRows = metrics.createObservableGauge('pfi_outbox_unpublished', {
  description: 'Events that the relay has still to send',
});
const outboxAge = metrics.createObservableGauge('pfi_outbox_oldest_seconds', {
  description: 'Age of the oldest event that the relay has still to send; 0 when there is none',
});
const jobAge = metrics.createObservableGauge('pfi_jobs_oldest_due_seconds', {
  description: 'How long the oldest job has been due that waits for nothing but a runner, by queue',
});
const jobsParked = metrics.createObservableGauge('pfi_jobs_parked', {
  description: 'Jobs that a person must see, by queue',
});
const eventsParked = metrics.createObservableGauge('pfi_events_parked', {
  description: 'Events that a person must see',
});
const consumerIdle = metrics.createObservableGauge('pfi_consumer_idle_seconds', {
  description: 'Since the last batch, try, or proof that no record was left; the process ends itself at 120',
});
const consumerEvents = metrics.createObservableCounter('pfi_consumer_events', {
  description: 'Events consumed by this process, by what became of them',
});
const connections = metrics.createObservableGauge('pfi_database_connections', {
  description: 'Connections in use and callers that wait for one, by pool',
});

export interface Watched {
  readonly relay: Pick<Relay, 'lag'>;
  readonly consumer: { readonly progress: ConsumerProgress };
  readonly systemDatabase: Reading;
  readonly pools: Readonly<Record<string, Pick<Database, 'usage'>>>;
}

/** A job behind one of its order that has not ended waits for that one. */
const WORK = `
  SELECT 'due' AS what, queue, extract(epoch FROM now() - min(run_at))::float8 AS value
  FROM (SELECT * FROM job WHERE state = 'ready' AND run_at <= now() ORDER BY run_at LIMIT 1000) oldest
  WHERE ordering_key IS NULL OR NOT EXISTS (
    SELECT FROM job earlier
    WHERE earlier.owner = oldest.owner AND earlier.queue = oldest.queue AND earlier.ordering_key = oldest.ordering_key
      AND earlier.position < oldest.position AND earlier.state IN ('ready', 'running', 'parked'))
  GROUP BY queue
  UNION ALL SELECT 'parked', queue, count(*) FROM job WHERE state = 'parked' GROUP BY queue
  UNION ALL SELECT 'events', '', count(*) FROM parked_event WHERE replayed_at IS NULL`;

/**
 * What alerts are made of, read when the monitoring asks. Tables are of the service: each of its instances says the same. A database
 * that does not answer leaves its figures out.
 * @returns stops watching
 */
export function watch({ relay, consumer, systemDatabase, pools }: Watched): () => void {
  const ofTables = async (result: BatchObservableResult): Promise<void> => {
    const [lag, work] = await Promise.all([
      relay.lag().catch(() => undefined),
      systemDatabase.query<{ what: string; queue: string; value: number }>(WORK).catch(() => []),
    ]);
    if (lag) {
      result.observe(outboxRows, lag.count);
      result.observe(outboxAge, lag.oldestMs / 1_000);
    }
    for (const { what, queue, value } of work) {
      if (what === 'due') result.observe(jobAge, value, { queue });
      else if (what === 'parked') result.observe(jobsParked, value, { queue });
      else result.observe(eventsParked, value);
    }
  };
  const ofProcess = (result: BatchObservableResult): void => {
    const { idleMs, running, applied, duplicates, parked, waiting } = consumer.progress;
    if (running) result.observe(consumerIdle, idleMs / 1_000);
    for (const [outcome, count] of Object.entries({ applied, duplicates, parked, waiting }))
      result.observe(consumerEvents, count, { outcome });
    for (const [pool, { usage }] of Object.entries(pools))
      for (const [state, count] of Object.entries(usage)) result.observe(connections, count, { pool, state });
  };
  const tables = [outboxRows, outboxAge, jobAge, jobsParked, eventsParked];
  const process_ = [consumerIdle, consumerEvents, connections];
  metrics.addBatchObservableCallback(ofTables, tables);
  metrics.addBatchObservableCallback(ofProcess, process_);
  return () => {
    metrics.removeBatchObservableCallback(ofTables, tables);
    metrics.removeBatchObservableCallback(ofProcess, process_);
  };
}
