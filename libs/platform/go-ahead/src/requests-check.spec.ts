import { describe, expect, it } from '@jest/globals';
import type { InFlightPage, InFlightReport } from '@pfi/contracts';
import type { Database, Tx } from '@pfi/platform-postgres';
import { RequestsCheck } from './requests-check.js';

const database = {
  transaction: <T>(_scopes: readonly string[], work: (tx: Tx) => Promise<T>) => work({} as Tx),
} as unknown as Database;

const item = (deliveryId: string) => ({ deliveryId, request: 1, owner: 'ej:1' });

/** What was reported after these pages were looked at; `c` is lost. */
async function reported(pages: readonly InFlightPage[]): Promise<InFlightReport[]> {
  const left = [...pages];
  const reports: InFlightReport[] = [];
  await new RequestsCheck({
    database,
    channels: ['dmp'],
    owners: ['ej:1'],
    documents: {
      requestsInFlight: async () => left.shift() as InFlightPage,
      reportInFlight: async (report) => void reports.push(report),
    },
    lost: async (_tx, requests) =>
      requests
        .filter(({ deliveryId }) => deliveryId === 'c')
        .map(({ deliveryId }) => ({ deliveryId, code: 'WORK_MISSING' })),
  }).run();
  return reports;
}

describe('the check of requests in flight', () => {
  it('says page after page what it looked for and what is missing', async () => {
    const first = { items: [item('a'), item('b')], next: 'b' };
    expect(await reported([first, { items: [item('c')], next: null }])).toEqual([
      { examined: ['a', 'b'], lost: [] },
      { examined: ['c'], lost: [{ deliveryId: 'c', code: 'WORK_MISSING' }] },
    ]);
  });

  it('says nothing when nothing is in flight', async () => {
    expect(await reported([{ items: [], next: null }])).toEqual([]);
  });
});
