import { afterEach, describe, expect, it } from '@jest/globals';
import type { Database } from '@pfi/platform-postgres';
import { until } from '../../test/until.js';
import { silentLogger } from '../logger.js';
import type { EventStore } from './event-store.js';
import { Housekeeping } from './housekeeping.js';
import { ProgressCounter } from './progress.js';

describe('the watchdog of a consumer', () => {
  const fatal: Error[] = [];
  let checks = 0;
  let housekeeping: Housekeeping | undefined;

  const start = (lag: () => Promise<number>, stuckLimitMs = 20): void => {
    fatal.length = 0;
    checks = 0;
    housekeeping = new Housekeeping({
      store: {} as EventStore,
      systemDatabase: {} as Database,
      counter: new ProgressCounter(),
      replay: async () => undefined,
      lag: () => {
        checks += 1;
        return lag();
      },
      onFatal: (error) => fatal.push(error),
      logger: silentLogger,
      gapLimitMs: 3_600_000,
      stuckLimitMs,
      inboxRetentionDays: 45,
    });
    housekeeping.start();
  };
  afterEach(() => housekeeping?.close());

  it('is fatal when there is lag and no progress', async () => {
    start(async () => 3);
    await until(() => fatal.length > 0);
    expect(fatal[0]).toMatchObject({ code: 'CONSUMER_STUCK' });
  });

  it('is quiet when there is nothing to do', async () => {
    start(async () => 0);
    await until(() => checks > 10);
    expect(fatal).toEqual([]);
  });

  it('gives a consumer its time again once a broker that was away is back', async () => {
    let away = true;
    start(async () => {
      if (away) throw new Error('down');
      return 3;
    }, 400);
    const began = performance.now();
    await until(() => performance.now() - began > 800);
    away = false;
    const seen = checks;
    await until(() => checks > seen);
    expect(fatal).toEqual([]);
    await until(() => fatal.length > 0);
  });

  it('is quiet when the broker cannot be asked', async () => {
    start(() => Promise.reject(new Error('down')));
    await until(() => checks > 10);
    expect(fatal).toEqual([]);
  });
});
