/**
 * Media type of a claim that brings its contents: length of the JSON (4 bytes, big-endian), the JSON, then the bytes. A form that changes
 * gets another name: services of two versions then understand each other by the claim alone.
 */
export const CLAIM_WITH_CONTENTS = 'application/vnd.pfi.claim-and-contents';

const LENGTH_BYTES = 4;

/** Bytes, and the hash under which they are kept (hexadecimal). */
export interface Content {
  readonly sha256: string;
  readonly bytes: Buffer;
}

interface Envelope {
  readonly claim: unknown;
  /** In the order of the bytes; size in bytes. */
  readonly contents: readonly { readonly sha256: string; readonly size: number }[];
}

/**
 * `contents`: those that are here; the others are asked for apart. Answers the bytes in pieces, one after the other: contents are
 * large, and are not copied.
 */
export function writeClaimWithContents(claim: unknown, contents: readonly Content[]): Buffer[] {
  const envelope: Envelope = {
    claim,
    contents: contents.map(({ sha256, bytes }) => ({ sha256, size: bytes.length })),
  };
  const json = Buffer.from(JSON.stringify(envelope));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return [length, json, ...contents.map(({ bytes }) => bytes)];
}

/**
 * That the bytes have their hash is not looked at here: who sends them does.
 * @throws Error when the bytes are not of this form
 */
export function readClaimWithContents(bytes: Buffer): { readonly claim: unknown; readonly contents: Content[] } {
  const end = LENGTH_BYTES + bytes.readUInt32BE();
  const envelope = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)) as Envelope;
  let at = end;
  const contents = envelope.contents.map(({ sha256, size }) => ({
    sha256,
    bytes: bytes.subarray(at, (at += size)),
  }));
  if (at !== bytes.length) throw new RangeError('a claim with contents has another length than it says');
  return { claim: envelope.claim, contents };
}
