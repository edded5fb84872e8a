/** Media type of a claim that brings its contents: length of the JSON (4 bytes, big-endian), the JSON, then the bytes. */
export const CLAIM_WITH_CONTENTS = 'application/vnd.pfi.claim-with-contents';

const LENGTH_BYTES = 4;

interface Envelope {
  readonly claim: unknown;
  /** Size of each content in the order of the bytes; null = not here, to be asked for. */
  readonly sizes: readonly (number | null)[];
}

/** `contents`: the artefact, then the PDF of a mail. */
export function writeClaimWithContents(claim: unknown, contents: readonly (Buffer | null)[]): Buffer {
  const envelope: Envelope = { claim, sizes: contents.map((content) => content && content.length) };
  const json = Buffer.from(JSON.stringify(envelope));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, ...contents.flatMap((content) => content ?? [])]);
}

/** @throws Error when the bytes are not of this form */
export function readClaimWithContents(bytes: Buffer): { readonly claim: unknown; readonly contents: Buffer[] } {
  const end = LENGTH_BYTES + bytes.readUInt32BE();
  const { claim, sizes } = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)) as Envelope;
  const contents: Buffer[] = [];
  let at = end;
  for (const size of sizes) {
    if (size === null) continue;
    contents.push(bytes.subarray(at, at + size));
    at += size;
  }
  if (at !== bytes.length) throw new RangeError('a claim with contents has another length than it says');
  return { claim, contents };
}
