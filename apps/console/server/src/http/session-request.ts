import { HttpProblem } from '@pfi/platform-http';
import type { Request } from 'express';
import { sameToken, sessionKeys } from '../sessions/session-keys.js';

const READING = ['GET', 'HEAD'];
const DAY_S = 86_400;

/** Raises 403 CSRF_TOKEN_INVALID when a request under a session cookie changes something without the token of that session. */
export function demandCsrfToken(request: Request, sessionId: string | undefined): void {
  const keys = sessionKeys(sessionId);
  if (!keys || READING.includes(request.method)) return;
  if (sameToken(keys.csrfToken, request.headers['x-csrf-token'])) return;
  throw new HttpProblem(
    403,
    'CSRF_TOKEN_INVALID',
    'Action refusée : la page n’est plus à jour. La recharger, puis recommencer.',
  );
}

/** How long nobody has touched the page that asks (`X-Idle-Seconds`): a page left open asks for news, yet nobody is there. */
export function idleMsOf(request: Request): number {
  const text = request.headers['x-idle-seconds'];
  return typeof text === 'string' && /^\d{1,6}$/.test(text) ? Math.min(Number(text), DAY_S) * 1_000 : 0;
}
