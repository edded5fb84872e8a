import { createParamDecorator, SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';

export const roles = ['reader', 'operator', 'identity-vigilance', 'gateway', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who is asking, as the verified token and the GHT file say. */
export interface Principal {
  readonly subject: string;
  /** Who vouches for the subject: `iss` of the token. */
  readonly issuer: string;
  /** For the audit and the screen; never a key. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Expanded owners: `ej:<FINESS>`, `eg:<FINESS>`, `dom:<key>`. What row-level security is given. */
  readonly scopes: readonly string[];
  /** A program with client credentials, not a person. */
  readonly machine: boolean;
  /** Code of the purpose of use that the token carries (IHE IUA), for the audit. */
  readonly purpose: string | null;
}

export const PUBLIC_ROUTE = 'pfi:public';
export const ROUTE_ROLES = 'pfi:roles';

/** Open to anybody, without a token. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC_ROUTE, true);

/** Open to a principal that holds one of these roles. A route with neither `@Public` nor `@Roles` is refused to everybody. */
export const Roles = (...allowed: [Role, ...Role[]]): CustomDecorator => SetMetadata(ROUTE_ROLES, allowed);

export interface AuthenticatedRequest {
  principal?: Principal;
}

/** The verified principal of this request. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!principal) throw new Error('@CurrentPrincipal() on a public route');
  return principal;
});
