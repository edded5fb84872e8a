import { observeProcess } from './process-metrics.js';

export interface TelemetryOptions {
  readonly service: string;
  readonly version?: string | undefined;
  /** Base URL of an OTLP/HTTP collector; `PFI_OTLP_URL` by default. Without it no tracing code is even loaded. */
  readonly otlpUrl?: string | undefined;
  /** Share of new traces that are recorded, 0 to 1; `PFI_TRACE_RATIO` by default, else 1. A caller's decision wins. */
  readonly traceRatio?: number | undefined;
}

export interface Telemetry {
  readonly tracing: boolean;
  /** Sends what is still buffered; never throws. */
  flush(): Promise<void>;
  /** Flushes and stops tracing; never throws. */
  shutdown(): Promise<void>;
}

/** Starts the process metrics, and tracing when a collector is named. Throws a `RangeError` on a ratio outside 0 to 1. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  observeProcess();
  const otlpUrl = options.otlpUrl ?? process.env['PFI_OTLP_URL'];
  const traceRatio = options.traceRatio ?? Number(process.env['PFI_TRACE_RATIO'] ?? 1);
  if (!(traceRatio >= 0 && traceRatio <= 1)) throw new RangeError('PFI_TRACE_RATIO is a number from 0 to 1');
  if (!otlpUrl) return { tracing: false, flush: async () => undefined, shutdown: async () => undefined };
  const { startTracing } = await import('./tracing-sdk.js');
  const { service, version } = options;
  const tracing = startTracing({ service, version, otlpUrl, traceRatio });
  // A collector that is away must not stop a service from stopping.
  return {
    tracing: true,
    flush: () => tracing.flush().catch(() => undefined),
    shutdown: () => tracing.shutdown().catch(() => undefined),
  };
}
