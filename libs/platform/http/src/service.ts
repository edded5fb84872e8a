import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PfiError } from '@pfi/health';
import { createLogger, NestLogger, startTelemetry, type Logger } from '@pfi/platform-telemetry';
import { z } from 'zod';
import { apiDocument } from './api-document.js';
import { JwtGuard } from './jwt.guard.js';
import { apiDocumentController, ApiDocumentSource, OperationsController } from './operations.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { Readiness } from './readiness.js';
import { RequestInterceptor } from './request.interceptor.js';
import { measureRequests, securityHeaders } from './response-headers.js';
import { SchemaPipe } from './schema.pipe.js';
import type { FromApp, RunningService, ServiceOptions, ShutdownStep } from './service.types.js';
import { closeHttp, exitOnSignals, runSteps } from './shutdown.js';
import { TokenVerifier } from './token-verifier.js';

const MEBIBYTE = 1024 * 1024;
const MAX_CONNECTIONS = 1_024;

@Module({})
class ServiceRoot {}

/** Builds the application with guard, filter, body reader, health, metrics and OpenAPI, without listening: for supertest. */
export async function createService(options: ServiceOptions): Promise<NestExpressApplication> {
  const readiness = new Readiness();
  const app = await build(options, options.logger ?? createLogger(options.name), readiness);
  await initialised(app);
  readiness.open(fromApp(options.readiness, app) ?? {});
  return app;
}

/**
 * Builds, starts strategies then HTTP, and wires the ordered stop: not ready, nothing more accepted, strategies closed, the steps
 * given, Nest's own hooks, traces flushed, database last. Strategies must bear a second `close()`: Nest calls it too.
 * Throws `PORT_TAKEN`, and whatever the module throws while it starts, after closing what was open.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { name, version, config } = options;
  const logger = options.logger ?? createLogger(name);
  const telemetry = await startTelemetry({ service: name, version });
  const readiness = new Readiness();
  const app = await build(options, logger, readiness);
  const strategies = fromApp(options.microservices, app) ?? [];
  const server = app.getHttpServer() as Server;
  server.maxConnections = config.maxConnections ?? MAX_CONNECTIONS;
  const finalSteps = (): ShutdownStep[] => [
    { name: 'nest', stop: () => app.close() },
    { name: 'telemetry', stop: () => telemetry.shutdown() },
    { name: 'database', stop: () => fromApp(options.database, app)?.close() },
  ];
  try {
    for (const strategy of strategies) app.connectMicroservice({ strategy });
    await app.init();
    await app.startAllMicroservices();
    await app.listen(config.port, config.host ?? '0.0.0.0');
  } catch (error) {
    await runSteps(finalSteps(), logger);
    throw portFault(error, config.port);
  }
  readiness.open(fromApp(options.readiness, app) ?? {});
  const stop = once(() => {
    readiness.close();
    const httpClosed = closeHttp(server);
    const steps: ShutdownStep[] = [
      {
        name: 'strategies',
        stop: async () => void (await Promise.all(strategies.map((strategy) => strategy.close()))),
      },
      { name: 'http', stop: () => httpClosed },
      ...(fromApp(options.shutdown, app) ?? []),
      ...finalSteps(),
    ];
    return runSteps(steps, logger);
  });
  if (options.signals ?? true) exitOnSignals({ logger, limitMs: options.shutdownLimitMs ?? 55_000, stop });
  const { port } = server.address() as AddressInfo;
  logger.info({ port }, 'service started');
  return { app, logger, stop, url: `http://127.0.0.1:${port}` };
}

async function build(options: ServiceOptions, logger: Logger, readiness: Readiness): Promise<NestExpressApplication> {
  z.config(z.locales.fr());
  const created: { app?: NestExpressApplication } = {};
  const source: ApiDocumentSource = {
    document: once(async () => {
      if (!created.app) throw new Error('asked before the application exists');
      return apiDocument(created.app, { title: `PFI ${options.name}`, version: options.version ?? '1' });
    }),
  };
  const root: DynamicModule = {
    module: ServiceRoot,
    imports: [options.module, DiscoveryModule],
    controllers: [
      OperationsController,
      apiDocumentController(['openapi.json', ...(options.apiPath ? [`${options.apiPath}/openapi.json`] : [])]),
    ],
    providers: [
      { provide: Readiness, useValue: readiness },
      { provide: ApiDocumentSource, useValue: source },
    ],
  };
  const app = await NestFactory.create<NestExpressApplication>(root, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLogger(logger),
  });
  created.app = app;
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(securityHeaders, measureRequests);
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalGuards(new JwtGuard(new TokenVerifier(options.config.auth)));
  app.useGlobalInterceptors(new RequestInterceptor(options.config.bodyLimitBytes ?? MEBIBYTE));
  app.useGlobalPipes(new SchemaPipe());
  return app;
}

async function initialised(app: NestExpressApplication): Promise<void> {
  try {
    await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
}

function fromApp<T>(value: FromApp<T> | undefined, app: NestExpressApplication): T | undefined {
  return typeof value === 'function' ? (value as (app: NestExpressApplication) => T)(app) : value;
}

function once<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= run());
}

function portFault(error: unknown, port: number): unknown {
  const { code, port: named } = (error ?? {}) as { code?: unknown; port?: unknown };
  if (code !== 'EADDRINUSE') return error;
  const taken = typeof named === 'number' ? named : port;
  const textFr = `Le port ${taken} est déjà pris. Arrêtez le programme qui l’occupe, ou choisissez un autre port.`;
  return new PfiError('PORT_TAKEN', 'conflict', textFr, { cause: error });
}
