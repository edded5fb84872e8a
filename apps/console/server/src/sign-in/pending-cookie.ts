import { z } from 'zod';
import type { PendingSignIn } from './people-provider.js';
import { returnPath } from './return-path.js';

const token = z.string().regex(/^[\w-]{20,128}$/);
const schema = z.strictObject({
  provider: z.string().max(200),
  state: token,
  nonce: token,
  codeVerifier: token,
  returnTo: z.string(),
});

/** A sign-in on its way, kept by the browser that began it. */
export interface SignInOnItsWay extends PendingSignIn {
  readonly provider: string;
  readonly returnTo: string;
}

export const pendingCookie = (signIn: SignInOnItsWay): string =>
  Buffer.from(JSON.stringify(signIn)).toString('base64url');

/** Undefined for anything else than what was written, in shape; the provider and the code must then agree with it. */
export function readPendingCookie(text: string | undefined): SignInOnItsWay | undefined {
  if (text === undefined) return undefined;
  try {
    const { success, data } = schema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return success ? { ...data, returnTo: returnPath(data.returnTo) } : undefined;
  } catch {
    return undefined;
  }
}
