import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import type { Tx } from '@pfi/platform-postgres';
import { contentKey, type ContentStore } from '../content-store.js';

export interface ContentStoreSubject {
  readonly store: ContentStore;
  transaction<T>(scopes: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** The behaviour of every ContentStore. */
export function describeContentStore(name: string, subject: () => ContentStoreSubject): void {
  const newOwner = (): string => `ej:${randomUUID()}`;
  const put = (owner: string, bytes: Buffer, mediaType = 'text/xml'): Promise<string> =>
    subject().transaction([owner], (tx) => subject().store.put(tx, owner, bytes, mediaType));

  describe(`${name} as a content store`, () => {
    it('gives back the same bytes under their sha256', async () => {
      const owner = newOwner();
      const bytes = randomBytes(60_000);
      const sha256 = await put(owner, bytes);
      expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect((await subject().store.read([owner], owner, sha256)).equals(bytes)).toBe(true);
    });

    it('describes what it holds', async () => {
      const owner = newOwner();
      const sha256 = await put(owner, Buffer.from('été'), 'text/plain');
      expect(await subject().store.describe([owner], owner, sha256)).toEqual({
        sha256,
        mediaType: 'text/plain',
        size: 5,
        createdAt: expect.any(Date),
      });
    });

    it('keeps the first of two equal contents', async () => {
      const owner = newOwner();
      const bytes = randomBytes(10);
      const first = await put(owner, bytes, 'text/xml');
      const second = await put(owner, bytes, 'application/pdf');
      expect(second).toBe(first);
      expect((await subject().store.describe([owner], owner, first)).mediaType).toBe('text/xml');
    });

    it('stores many in their order, the same one twice included', async () => {
      const [one, two] = [newOwner(), newOwner()];
      const contents = Array.from({ length: 150 }, (_, n) => ({
        owner: n % 2 === 0 ? one : two,
        bytes: Buffer.from(`content ${n % 100}`),
        mediaType: 'text/plain',
      }));
      const hashes = await subject().transaction([one, two], (tx) => subject().store.putMany(tx, contents));
      expect(hashes).toHaveLength(150);
      expect(hashes[100]).toBe(hashes[0]);
      const bytes = await subject().store.read([one, two], two, hashes[149] ?? '');
      expect(bytes.toString()).toBe('content 49');
    });

    it('stores nothing when given nothing', async () => {
      expect(await subject().transaction([], (tx) => subject().store.putMany(tx, []))).toEqual([]);
    });

    it.each([0, 1, 2_500_000])('streams %i bytes', async (size) => {
      const owner = newOwner();
      const bytes = randomBytes(size);
      const sha256 = await put(owner, bytes);
      const content = await subject().store.stream([owner], owner, sha256);
      expect(content.size).toBe(size);
      const streamed = await buffer(content.pieces);
      expect(streamed.equals(bytes)).toBe(true);
    });

    it('hides the content of one owner from the scopes of another', async () => {
      const [one, two] = [newOwner(), newOwner()];
      const sha256 = await put(one, randomBytes(10));
      const { store } = subject();
      for (const [scopes, owner] of [
        [[two], one],
        [[two], two],
        [[], one],
      ] as const) {
        await expect(store.read(scopes, owner, sha256)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
        await expect(store.describe(scopes, owner, sha256)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
        await expect(store.stream(scopes, owner, sha256)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
      }
    });

    it('reads many small ones at once, without the large, the unknown and those of others', async () => {
      const [one, two] = [newOwner(), newOwner()];
      const bytes = ['first', 'second', 'much too large'].map((text) => Buffer.from(text));
      const names = await Promise.all(bytes.map(async (each) => ({ owner: one, sha256: await put(one, each) })));
      const ofOther = { owner: two, sha256: await put(two, Buffer.from('other')) };
      const unknown = { owner: one, sha256: 'f'.repeat(64) };
      const found = await subject().store.readSmall([one], [...names, ofOther, unknown], 6);
      expect(new Map([...found].map(([key, value]) => [key, value.toString()]))).toEqual(
        new Map(names.slice(0, 2).map((name, place) => [contentKey(name), bytes[place]?.toString()])),
      );
    });

    it.each(['', 'not-a-hash', '00'])('knows no content named %j', async (sha256) => {
      const owner = newOwner();
      await expect(subject().store.read([owner], owner, sha256)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    });
  });
}
