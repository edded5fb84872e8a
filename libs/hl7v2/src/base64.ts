const EQUALS = 0x3d;
const SPACE = 0x20;

/**
 * Decodes base64 from bytes. Missing padding is accepted; any other sign than the standard alphabet, wrong padding, or a length of
 * 1 modulo 4 is not.
 * @returns undefined when it is not base64
 */
export function decodeBase64(bytes: Buffer): Buffer | undefined {
  const { start, last, end } = extent(bytes);
  const length = last - start;
  const padding = end - last;
  if (length % 4 === 1 || (padding > 0 && (length + padding) % 4 !== 0)) return undefined;
  const alphabet = bytes.subarray(start, last);
  // Node also reads the URL alphabet, and skips what belongs to neither: the latter shows in a result that is too short.
  if (alphabet.includes(0x2d) || alphabet.includes(0x5f)) return undefined;
  const decoded = Buffer.from(alphabet.toString('latin1'), 'base64');
  return decoded.length === Math.floor((length * 3) / 4) ? decoded : undefined;
}

/** Bytes that the text stands for, known before anything is decoded. */
export function decodedLength(bytes: Buffer): number {
  const { start, last } = extent(bytes);
  return Math.floor(((last - start) * 3) / 4);
}

/** Is this text what encoding the bytes that were decoded from it gives: padded, without a stray bit, nothing around? */
export function isBase64Of(text: Buffer, decoded: Buffer): boolean {
  if (text.length !== 4 * Math.ceil(decoded.length / 3)) return false;
  const last = Math.max(0, Math.ceil(decoded.length / 3) - 1);
  return text.toString('latin1', 4 * last) === decoded.toString('base64', 3 * last);
}

/** Without the spaces around: where the alphabet starts and ends, and where the padding ends. */
function extent(bytes: Buffer): { start: number; last: number; end: number } {
  let start = 0;
  let end = bytes.length;
  while (start < end && bytes[start] === SPACE) start += 1;
  while (end > start && bytes[end - 1] === SPACE) end -= 1;
  let last = end;
  while (last > start && end - last < 2 && bytes[last - 1] === EQUALS) last -= 1;
  return { start, last, end };
}
