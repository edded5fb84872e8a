import { Readable } from 'node:stream';
import type { Tx } from '@pfi/platform-postgres';
import { contentKey, ContentNotFound, ContentStore, sha256Of } from '../content-store.js';
import type { ContentDescription, ContentName, NewContent, StreamedContent } from '../content-store.js';

interface Stored {
  readonly bytes: Buffer;
  readonly description: ContentDescription;
}

/** For tests without a database. Knows no transaction: what is put stays put. */
export class InMemoryContentStore extends ContentStore {
  private readonly stored = new Map<string, Stored>();

  async putMany(_tx: Tx, contents: readonly NewContent[]): Promise<string[]> {
    return contents.map(({ owner, bytes, mediaType }) => {
      const sha256 = sha256Of(bytes);
      const key = contentKey({ owner, sha256 });
      if (!this.stored.has(key)) {
        const description = { sha256, mediaType, size: bytes.length, createdAt: new Date() };
        this.stored.set(key, { bytes: Buffer.from(bytes), description });
      }
      return sha256;
    });
  }

  async describe(scopes: readonly string[], owner: string, sha256: string): Promise<ContentDescription> {
    return this.find(scopes, owner, sha256).description;
  }

  async read(scopes: readonly string[], owner: string, sha256: string): Promise<Buffer> {
    return Buffer.from(this.find(scopes, owner, sha256).bytes);
  }

  async readSmall(
    scopes: readonly string[],
    names: readonly ContentName[],
    maxBytes: number,
  ): Promise<Map<string, Buffer>> {
    return new Map(
      names.flatMap((name): [string, Buffer][] => {
        const found = scopes.includes(name.owner) ? this.stored.get(contentKey(name)) : undefined;
        return found && found.bytes.length <= maxBytes ? [[contentKey(name), Buffer.from(found.bytes)]] : [];
      }),
    );
  }

  async stream(scopes: readonly string[], owner: string, sha256: string): Promise<StreamedContent> {
    const bytes = await this.read(scopes, owner, sha256);
    return { size: bytes.length, pieces: Readable.from([bytes], { objectMode: false }) };
  }

  private find(scopes: readonly string[], owner: string, sha256: string): Stored {
    const found = scopes.includes(owner) ? this.stored.get(contentKey({ owner, sha256 })) : undefined;
    if (found === undefined) throw new ContentNotFound();
    return found;
  }
}
