import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { PfiError } from '@pfi/health';
import type { Request } from 'express';
import type { AuthenticatedRequest } from './principal.js';
import { policyOf } from './route-policy.js';
import { tokenRefused, type TokenVerifier } from './token-verifier.js';

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i;

/**
 * Global guard, deny by default: a route without `@Public()` nor `@Roles()` is refused to everybody. A guard runs for the route
 * that the router has chosen, so no spelling of a path (HEAD, trailing slash, `%2e`) can pass beside it.
 */
export class JwtGuard implements CanActivate {
  readonly #verifier: TokenVerifier;

  constructor(verifier: TokenVerifier) {
    this.#verifier = verifier;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = policyOf(context.getClass(), context.getHandler());
    if (policy === 'public') return true;
    const request = context.switchToHttp().getRequest<Request & AuthenticatedRequest>();
    const principal = await this.#verifier.verify(bearerOf(request));
    const allowed = policy !== 'none' && policy.some((role) => principal.roles.includes(role));
    if (!allowed) {
      const textFr = 'Votre rôle ne permet pas cette action. Demandez-le à l’administrateur de la plateforme.';
      throw new PfiError('ROLE_MISSING', 'forbidden', textFr);
    }
    request.principal = principal;
    return true;
  }
}

function bearerOf(request: Request): string {
  const { authorization } = request.headers;
  if (authorization === undefined) throw tokenRefused('TOKEN_MISSING');
  const [, token] = BEARER.exec(authorization) ?? [];
  if (token === undefined) throw tokenRefused('TOKEN_INVALID');
  return token;
}
