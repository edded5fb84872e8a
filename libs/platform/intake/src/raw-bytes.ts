import type { Tx } from '@pfi/platform-postgres';

interface Kept {
  readonly raw: Buffer;
  readonly owner: string;
  readonly carried_at: number | null;
  readonly carried_sha256: Buffer | null;
}

/** A message as it came, what it carried put back in its place; undefined when unknown or out of scope. */
export async function rawBytes(tx: Tx, id: string): Promise<Buffer | undefined> {
  const [kept] = await tx.query<Kept>(`SELECT raw, owner, carried_at, carried_sha256 FROM message WHERE id = $1`, [id]);
  if (!kept || kept.carried_at === null) return kept?.raw;
  const [content] = await tx.query<{ bytes: Buffer }>(`SELECT bytes FROM content WHERE owner = $1 AND sha256 = $2`, [
    kept.owner,
    kept.carried_sha256,
  ]);
  if (!content) throw new Error('a message lost the content that it carried');
  const { raw, carried_at: place } = kept;
  const base64 = Buffer.from(content.bytes.toString('base64'), 'latin1');
  return Buffer.concat([raw.subarray(0, place), base64, raw.subarray(place)]);
}
