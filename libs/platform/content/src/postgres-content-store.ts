import { Readable } from 'node:stream';
import type { Database, Tx } from '@pfi/platform-postgres';
import { contentKey, ContentNotFound, ContentStore, sha256Of } from './content-store.js';
import { RecentContents } from './recent-contents.js';
import type { ContentDescription, ContentName, NewContent, StreamedContent } from './content-store.js';

/**
 * What one statement brings at most; a larger content has its own. The statement is put together in a buffer that grows by being
 * copied.
 */
const STATEMENT = { rows: 64, bytes: 65_536 };
/** A gateway asks for what it is to send within seconds after it was stored; what waits longer is read. */
const RECENT = { bytes: 32 * 1024 * 1024, each: 256 * 1024, keepMs: 30_000 };

// One parameter a value: Buffers then travel as binary, where an array of bytea would be hexadecimal text.
const insertContents = (rows: number): string =>
  `INSERT INTO content (owner, sha256, bytes, media_type, size) VALUES ${Array.from(
    { length: rows },
    (_, row) => `($${row * 5 + 1}, $${row * 5 + 2}, $${row * 5 + 3}, $${row * 5 + 4}, $${row * 5 + 5})`,
  ).join(', ')} ON CONFLICT (owner, sha256) DO NOTHING`;

export interface PostgresContentStoreOptions {
  /** Size of the pieces of `stream`. Default 1 MB. */
  readonly pieceBytes?: number;
}

/** Contents in the table `content` of the service's own schema. */
export class PostgresContentStore extends ContentStore {
  private readonly pieceBytes: number;
  private readonly recent = new RecentContents(RECENT);

  constructor(
    private readonly database: Database,
    options: PostgresContentStoreOptions = {},
  ) {
    super();
    this.pieceBytes = options.pieceBytes ?? 1_048_576;
  }

  async putMany(tx: Tx, contents: readonly NewContent[]): Promise<string[]> {
    const hashes = contents.map((content) => content.sha256 ?? sha256Of(content.bytes));
    // in one order everywhere, so that two transactions with the same contents cannot deadlock
    const rows = contents
      .map((content, place) => ({ ...content, sha256: hashes[place] ?? '' }))
      .sort((a, b) => compare(a.owner, b.owner) || compare(a.sha256, b.sha256));
    for (const chunk of statementsOf(rows))
      tx.send(
        insertContents(chunk.length),
        chunk.flatMap((row) => [row.owner, rawHash(row.sha256), row.bytes, row.mediaType, row.bytes.length]),
      );
    tx.afterCommit(() => rows.forEach((row) => this.recent.keep(row, row.bytes)));
    return hashes;
  }

  async describe(scopes: readonly string[], owner: string, sha256: string): Promise<ContentDescription> {
    const row = await this.one<Omit<ContentDescription, 'sha256'>>(
      `SELECT media_type AS "mediaType", size, created_at AS "createdAt" FROM content WHERE owner = $1 AND sha256 = $2`,
      scopes,
      owner,
      sha256,
    );
    return { sha256, ...row };
  }

  async read(scopes: readonly string[], owner: string, sha256: string): Promise<Buffer> {
    const row = await this.one<{ bytes: Buffer }>(
      'SELECT bytes FROM content WHERE owner = $1 AND sha256 = $2',
      scopes,
      owner,
      sha256,
    );
    return row.bytes;
  }

  async readSmall(
    scopes: readonly string[],
    names: readonly ContentName[],
    maxBytes: number,
  ): Promise<Map<string, Buffer>> {
    const allowed = new Set(scopes);
    const found = new Map<string, Buffer>();
    for (const name of names) {
      const bytes = allowed.has(name.owner) ? this.recent.get(name) : undefined;
      if (bytes && bytes.length <= maxBytes) found.set(contentKey(name), bytes);
    }
    const missing = names.filter((name) => !found.has(contentKey(name)));
    if (missing.length === 0) return found;
    const rows = await this.database.transaction(scopes, (tx) =>
      tx.query<{ owner: string; sha256: Buffer; bytes: Buffer }>(
        `SELECT c.owner, c.sha256, c.bytes FROM unnest($1::text[], $2::bytea[]) AS n (owner, sha256)
         JOIN content c ON c.owner = n.owner AND c.sha256 = n.sha256 AND c.size <= $3`,
        [missing.map(({ owner }) => owner), missing.map(({ sha256 }) => rawHash(sha256)), maxBytes],
      ),
    );
    for (const { owner, sha256, bytes } of rows)
      found.set(contentKey({ owner, sha256: sha256.toString('hex') }), bytes);
    return found;
  }

  async stream(scopes: readonly string[], owner: string, sha256: string): Promise<StreamedContent> {
    const { size } = await this.describe(scopes, owner, sha256);
    return { size, pieces: Readable.from(this.pieces(scopes, owner, sha256, size), { objectMode: false }) };
  }

  private async *pieces(
    scopes: readonly string[],
    owner: string,
    sha256: string,
    size: number,
  ): AsyncGenerator<Buffer> {
    // one short transaction a piece: a slow reader must not hold a connection
    for (let offset = 0; offset < size; offset += this.pieceBytes) {
      const { bytes } = await this.one<{ bytes: Buffer }>(
        'SELECT substring(bytes FROM $3::int FOR $4::int) AS bytes FROM content WHERE owner = $1 AND sha256 = $2',
        scopes,
        owner,
        sha256,
        [offset + 1, this.pieceBytes],
      );
      yield bytes;
    }
  }

  private async one<Row>(
    text: string,
    scopes: readonly string[],
    owner: string,
    sha256: string,
    more: readonly unknown[] = [],
  ): Promise<Row> {
    const values = [owner, rawHash(sha256), ...more];
    const [row] = await this.database.transaction(scopes, (tx) => tx.query<Row>(text, values));
    if (row === undefined) throw new ContentNotFound();
    return row;
  }
}

function statementsOf<Row extends { readonly bytes: Buffer }>(rows: readonly Row[]): Row[][] {
  const statements: Row[][] = [];
  let bytes = 0;
  for (const row of rows) {
    const last = statements.at(-1);
    bytes += row.bytes.length;
    if (last && last.length < STATEMENT.rows && bytes <= STATEMENT.bytes) last.push(row);
    else {
      statements.push([row]);
      bytes = row.bytes.length;
    }
  }
  return statements;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const rawHash = (sha256: string): Buffer => Buffer.from(sha256, 'hex');
