export { roles, Public, Roles, CurrentPrincipal, type Principal, type Role } from './principal.js';
export type { AuthOptions, IssuerOptions, Person } from './auth.types.js';
export { TokenVerifier } from './token-verifier.js';
export { MachineTokens, type MachineTokensOptions } from './machine-tokens.js';
export { HttpProblem, bodyInvalid, pointerOf, type FieldProblem, type ProblemOptions } from './problem.js';
export { parseStrictJson } from './strict-json.js';
export {
  encodeCursor,
  decodeCursor,
  pageOf,
  rowPosition,
  type CursorPosition,
  type Page,
  type RowPosition,
} from './pages.js';
export { CallersCopy, HeldCopy } from './callers-copy.js';
export { traceIdOf } from './trace-id.js';
export { UnreadBody } from './unread-body.js';
export type {
  FromApp,
  HttpConfig,
  ReadinessCheck,
  RunningService,
  ServiceOptions,
  ShutdownStep,
} from './service.types.js';
export { createService, startService } from './service.js';
export { apiDocument, type ApiDocumentOptions } from './api-document.js';
export { routeInventory, type RouteEntry } from './route-inventory.js';
export type { RoutePolicy } from './route-policy.js';
