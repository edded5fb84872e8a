import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PfiError } from '@pfi/health';
import type { Tx } from '@pfi/platform-postgres';

export interface NewContent {
  readonly owner: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** Of the bytes, by `sha256Of`, when the caller knows it already. */
  readonly sha256?: string;
}

export interface ContentName {
  readonly owner: string;
  readonly sha256: string;
}

export const contentKey = ({ owner, sha256 }: ContentName): string => `${owner} ${sha256}`;

export interface ContentDescription {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly createdAt: Date;
}

export interface StreamedContent {
  /** Bytes. */
  readonly size: number;
  readonly pieces: Readable;
}

/** Immutable bytes, named by owner and sha256. The same bytes twice are stored once, with their first media type. */
export abstract class ContentStore {
  /** Stores within `tx`; returns the sha256 in lower-case hexadecimal. */
  async put(tx: Tx, owner: string, bytes: Buffer, mediaType: string): Promise<string> {
    const [sha256 = ''] = await this.putMany(tx, [{ owner, bytes, mediaType }]);
    return sha256;
  }

  /** As `put` for several, in the same order; the owners must be in the scopes of `tx`. */
  abstract putMany(tx: Tx, contents: readonly NewContent[]): Promise<string[]>;

  /** Raises CONTENT_NOT_FOUND, also when `owner` is not in `scopes`. */
  abstract describe(scopes: readonly string[], owner: string, sha256: string): Promise<ContentDescription>;

  /** The whole bytes. Raises CONTENT_NOT_FOUND, also when `owner` is not in `scopes`. */
  abstract read(scopes: readonly string[], owner: string, sha256: string): Promise<Buffer>;

  /** The whole bytes of those that are there and have at most `maxBytes`, by `contentKey`; never raises for a name. */
  abstract readSmall(
    scopes: readonly string[],
    names: readonly ContentName[],
    maxBytes: number,
  ): Promise<Map<string, Buffer>>;

  /** The bytes piece by piece, for what is too large to hold whole. Raises CONTENT_NOT_FOUND before the first byte. */
  abstract stream(scopes: readonly string[], owner: string, sha256: string): Promise<StreamedContent>;
}

export class ContentNotFound extends PfiError {
  constructor() {
    super('CONTENT_NOT_FOUND', 'not-found', 'Ce contenu n’existe pas, ou n’est pas accessible avec vos droits.');
  }
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
