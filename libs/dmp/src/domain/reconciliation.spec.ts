import { describe, expect, it } from '@jest/globals';
import { reconcile } from './reconciliation.js';

const settings = { checks: 3, overMs: 600_000 };
const start = new Date('2026-01-01T00:00:00Z');
const after = (ms: number) => new Date(start.getTime() + ms);
const ours = { sha1: 'ABCDEF', entryUuid: 'urn:uuid:9' };

describe('reconciliation of an unknown deposit', () => {
  it('finds our document by its hash, whatever the case of the digits', () => {
    const entries = [{ entryUuid: 'urn:uuid:1', hash: 'abcdef', status: 'Approved' }];
    expect(reconcile(entries, ours, { checks: 0, firstCheckAt: null }, settings, start)).toEqual({
      kind: 'found',
      entryUuid: 'urn:uuid:1',
    });
  });

  it('stops when other bytes stand under our id', () => {
    const entries = [{ entryUuid: 'urn:uuid:1', hash: '000000', status: 'Approved' }];
    expect(reconcile(entries, ours, { checks: 0, firstCheckAt: null }, settings, start).kind).toBe('different');
  });

  it('takes an entry without hash for ours only under the entryUUID that we gave', () => {
    const step = (entryUuid: string) =>
      reconcile(
        [{ entryUuid, hash: null, status: 'Approved' }],
        ours,
        { checks: 0, firstCheckAt: null },
        settings,
        start,
      ).kind;
    expect(step('urn:uuid:9')).toBe('found');
    expect(step('urn:uuid:1')).toBe('different');
  });

  it('looks three times over ten minutes before it sends again', () => {
    const first = reconcile([], ours, { checks: 0, firstCheckAt: null }, settings, start);
    expect(first).toEqual({ kind: 'look-again', at: after(300_000) });
    const second = reconcile([], ours, { checks: 1, firstCheckAt: start }, settings, after(300_000));
    expect(second.kind).toBe('look-again');
    const third = reconcile([], ours, { checks: 2, firstCheckAt: start }, settings, after(600_000));
    expect(third.kind).toBe('send-again');
  });

  it('does not send again before the time has passed, however many the look-ups', () => {
    const step = reconcile([], ours, { checks: 9, firstCheckAt: start }, settings, after(1000));
    expect(step.kind).toBe('look-again');
  });
});
