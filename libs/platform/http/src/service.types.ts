import type { DynamicModule, Type } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from '@pfi/platform-telemetry';
import type { AuthOptions } from './auth.types.js';

export interface HttpConfig {
  /** 0 = any free port. */
  readonly port: number;
  /** All interfaces by default. */
  readonly host?: string;
  readonly auth: AuthOptions;
  /** Largest JSON body, in bytes; 1 MiB by default. */
  readonly bodyLimitBytes?: number;
  /** Open connections at most, whoever opens them; one more is closed at once. Default 1,024. */
  readonly maxConnections?: number;
}

/** One step of the stop, in the order given; for instance relay, jobs, bus. A step that throws is logged and the next runs. */
export interface ShutdownStep {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

/** Throws when the part is not usable; its message is never shown, only the name. */
export type ReadinessCheck = () => Promise<void> | void;

/** A value, or how to get it from the built application (`app.get(Token)`). */
export type FromApp<T> = T | ((app: NestExpressApplication) => T);

export interface ServiceOptions {
  /** Service name in logs, traces and the OpenAPI document: `identity`, `documents`… */
  readonly name: string;
  readonly version?: string;
  /** For instance `api/documents/v1`: the OpenAPI document is served there too. */
  readonly apiPath?: string;
  readonly config: HttpConfig;
  readonly module: Type | DynamicModule;
  readonly microservices?: FromApp<readonly CustomTransportStrategy[]>;
  readonly readiness?: FromApp<Readonly<Record<string, ReadinessCheck>>>;
  readonly shutdown?: FromApp<readonly ShutdownStep[]>;
  /** Closed after everything else. */
  readonly database?: FromApp<{ close(): Promise<void> } | undefined>;
  readonly logger?: Logger;
  /** 55 000 by default: below the 60 s that the orchestrator leaves. */
  readonly shutdownLimitMs?: number;
  /** Installs SIGTERM and SIGINT handlers; true by default, false in tests. */
  readonly signals?: boolean;
}

export interface RunningService {
  readonly app: NestExpressApplication;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly logger: Logger;
  /** The whole ordered stop; a second call waits for the first. */
  stop(): Promise<void>;
}
