export { roles, Public, Roles, CurrentPrincipal, type Principal, type Role } from './principal.js';
export type { AuthOptions, IssuerOptions, Person } from './auth.types.js';
export type {
  FromApp,
  HttpConfig,
  ReadinessCheck,
  RunningService,
  ServiceOptions,
  ShutdownStep,
} from './service.types.js';
export { createService, startService } from './service.js';
export type { Page } from './pages.js';
export { MachineTokens, type MachineTokensOptions } from './machine-tokens.js';
export { routeInventory, type RouteEntry } from './route-inventory.js';
