import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RunningService, ServiceOptions } from './service.types.js';

/** Builds the application with guard, filter, body reader, health, metrics and OpenAPI, without listening: for supertest. */
export async function createService(_options: ServiceOptions): Promise<NestExpressApplication> {
  throw new Error('not built yet');
}

/** Builds, starts strategies and HTTP, and wires the ordered stop. */
export async function startService(_options: ServiceOptions): Promise<RunningService> {
  throw new Error('not built yet');
}
