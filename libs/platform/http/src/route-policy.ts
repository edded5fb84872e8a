import { PUBLIC_ROUTE, ROUTE_ROLES, type Role } from './principal.js';

/** Who may call a route; `none` = nobody, because nobody said. */
export type RoutePolicy = 'public' | readonly Role[] | 'none';

/** The method's own policy, else its controller's; where both are given at one place, the roles win. */
export function policyOf(controller: object, method: object): RoutePolicy {
  for (const target of [method, controller]) {
    const allowed = Reflect.getMetadata(ROUTE_ROLES, target) as readonly Role[] | undefined;
    if (allowed) return allowed;
    if (Reflect.getMetadata(PUBLIC_ROUTE, target) === true) return 'public';
  }
  return 'none';
}
