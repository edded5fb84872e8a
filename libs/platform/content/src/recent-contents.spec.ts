import { describe, expect, it } from '@jest/globals';
import { RecentContents } from './recent-contents.js';

const name = (sha256: string) => ({ owner: 'ej:750000001', sha256 });
const bytes = (size: number) => Buffer.from(new ArrayBuffer(size));

describe('contents stored a moment ago', () => {
  it('are given to who asks for them by owner and hash', () => {
    const recent = new RecentContents({ bytes: 100, each: 50, keepMs: 60_000 });
    const stored = bytes(10);
    recent.keep(name('a'), stored);
    expect(recent.get(name('a'))).toBe(stored);
    expect(recent.get({ owner: 'ej:750000002', sha256: 'a' })).toBeUndefined();
  });

  it('leave when others need their place, the oldest first', () => {
    const recent = new RecentContents({ bytes: 100, each: 50, keepMs: 60_000 });
    for (const sha256 of ['a', 'b', 'c']) recent.keep(name(sha256), bytes(40));
    expect(['a', 'b', 'c'].map((sha256) => recent.get(name(sha256))?.length)).toEqual([undefined, 40, 40]);
  });

  it('count once when they are stored twice', () => {
    const recent = new RecentContents({ bytes: 100, each: 50, keepMs: 60_000 });
    for (const sha256 of ['a', 'b', 'b', 'b']) recent.keep(name(sha256), bytes(40));
    expect(recent.get(name('a'))?.length).toBe(40);
  });

  it('are not kept when they are large, nor for long', () => {
    const recent = new RecentContents({ bytes: 100, each: 50, keepMs: 0 });
    recent.keep(name('large'), bytes(51));
    recent.keep(name('old'), bytes(10));
    recent.keep(name('new'), bytes(10));
    expect(recent.get(name('large'))).toBeUndefined();
    expect(recent.get(name('old'))).toBeUndefined();
  });
});
