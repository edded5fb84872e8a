/**
 * Names of values that may identify a patient, quote a document or open a door. Compared without case, `_` and `-`.
 * The list is a second net: code must not log such values in the first place.
 */
const SENSITIVE =
  /^((birth|used|given|first|last|family|patient|full|display)*names?|nom|prenoms?|(birth|used)?givennames?|given|family|birth(date|place)|ins|inskey|matricule|nir|nia|ipp|traits|patient|identifiers?|address|e?mail|phone|password|(client)?secret|(access|refresh|id)?token|authorization|cookie|bytes|ack|body|payload|content|cda|hl7|raw)$/;
const MASK = '[masked]';
const MAX_DEPTH = 6;

/** A copy whose sensitive values are masked, at any depth; deeper than six levels everything is. */
export function masked(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return describeError(value);
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`;
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (depth >= MAX_DEPTH) return MASK;
  if (Array.isArray(value)) return value.map((item) => masked(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isSensitive(key) ? MASK : masked(item, depth + 1)]),
  );
}

function isSensitive(key: string): boolean {
  return SENSITIVE.test(key.toLowerCase().replaceAll(/[_-]/g, ''));
}

export interface ErrorDescription {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  readonly frames: readonly string[];
  readonly cause?: ErrorDescription;
}

/**
 * Type, code and stack frames. The message only of faults of our own code: those of parsers, databases and partners
 * quote the value they stumbled on.
 */
export function describeError(error: Error, depth = 0): ErrorDescription {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const own = error instanceof TypeError || error instanceof ReferenceError;
  const stack = error.stack ?? '';
  return {
    type: error.constructor.name,
    ...(code !== undefined && { code }),
    ...(own && { message: error.message }),
    frames: stackFrames(stack),
    ...(error.cause instanceof Error && depth < 3 && { cause: describeError(error.cause, depth + 1) }),
  };
}

/** The `at …` lines of a stack, without the message above them. */
export function stackFrames(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at .*(:\d+\)?$|<anonymous>\)?$)/.test(line))
    .map((line) => line.trim());
}
