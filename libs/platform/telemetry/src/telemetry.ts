export interface TelemetryOptions {
  readonly service: string;
  readonly version?: string;
  /** Base URL of an OTLP/HTTP collector; `PFI_OTLP_URL` by default. Without it no tracing code is even loaded. */
  readonly otlpUrl?: string | undefined;
  /** Share of new traces that are recorded, 0 to 1; `PFI_TRACE_RATIO` by default, else 1. A caller's decision wins. */
  readonly traceRatio?: number | undefined;
}

export interface Telemetry {
  readonly tracing: boolean;
  /** Sends what is still buffered; never throws. */
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

export async function startTelemetry(_options: TelemetryOptions): Promise<Telemetry> {
  throw new Error('not built yet');
}
