import { inflateSync } from 'node:zlib';

/** An object stream that nobody here can look into. */
export class ObjectStreamUnreadable extends Error {}
/** Longer than allowed once inflated. */
export class ObjectStreamTooLong extends Error {}

const DICTIONARY = 4_096;
const STREAM = 'stream';

/**
 * The objects of the object stream whose type name stands at `at`; undefined when they are not compressed, so in plain sight.
 * @throws ObjectStreamUnreadable for anything but one FlateDecode without predictor, which is all that writers of PDF use
 * @throws ObjectStreamTooLong
 */
export function objectsAt(bytes: Buffer, at: number, limit: number): Buffer | undefined {
  const keyword = bytes.indexOf(STREAM, at);
  const start = Math.max(bytes.lastIndexOf(' obj', at), at - DICTIONARY, 0);
  if (keyword < 0 || keyword - at > DICTIONARY) throw new ObjectStreamUnreadable();
  const dictionary = bytes
    .toString('latin1', start, keyword)
    .replace(/#([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  if (!/\/Filter\b/.test(dictionary)) return undefined;
  if (!/\/Filter\s*(?:\[\s*)?\/FlateDecode\s*(?:\]|\/|>>)/.test(dictionary)) throw new ObjectStreamUnreadable();
  if (/\/Predictor\s*(?!1\b)/.test(dictionary)) throw new ObjectStreamUnreadable();
  const after = keyword + STREAM.length;
  const data = bytes.subarray(after + (bytes[after] === 0x0d ? 2 : 1));
  try {
    return inflateSync(data, { maxOutputLength: Math.max(1, limit) });
  } catch (error) {
    throw (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
      ? new ObjectStreamTooLong()
      : new ObjectStreamUnreadable();
  }
}
