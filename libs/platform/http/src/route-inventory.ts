import type { INestApplication } from '@nestjs/common';
import type { Role } from './principal.js';

export interface RouteEntry {
  readonly method: string;
  readonly path: string;
  /** `Controller.method` */
  readonly handler: string;
  /** `none` is a fault: such a route is refused to everybody. */
  readonly policy: 'public' | readonly Role[] | 'none';
}

/** Every HTTP route with its policy, for the test "every route has a policy". */
export function routeInventory(_app: INestApplication): readonly RouteEntry[] {
  throw new Error('not built yet');
}
