import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const ID = /^[\w-]{43}$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What one session is told by, all derived (HKDF-SHA256) from the random 256 bits of its cookie. */
export interface SessionKeys {
  /** Key of the row: does not lead back to the cookie. */
  readonly row: string;
  /** What a page must send with each change. */
  readonly csrfToken: string;
  readonly seal: Buffer;
}

export const newSessionId = (): string => randomBytes(32).toString('base64url');

/** Undefined for what is no session id at all. */
export function sessionKeys(id: string | undefined): SessionKeys | undefined {
  if (id === undefined || !ID.test(id)) return undefined;
  const secret = Buffer.from(id, 'base64url');
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `pfi-console ${purpose}`, 32));
  return { row: derive('row').toString('hex'), csrfToken: derive('csrf').toString('base64url'), seal: derive('seal') };
}

/** AES-256-GCM, bound to the row. */
export function seal(keys: SessionKeys, value: unknown): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keys.seal, iv).setAAD(Buffer.from(keys.row));
  const content = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), content]);
}

/** Undefined when the bytes were not sealed by this session. */
export function unseal<T>(keys: SessionKeys, sealed: Buffer): T | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', keys.seal, sealed.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(keys.row)).setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8')) as T;
  } catch {
    return undefined;
  }
}

export function sameToken(expected: string, given: unknown): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
