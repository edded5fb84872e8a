export { attributeNames, type AttributeName, type Attributes } from './attributes.js';
export {
  withSpan,
  runInTrace,
  currentTraceparent,
  currentTraceId,
  type ActiveSpan,
  type SpanOptions,
} from './tracing.js';
export { meter, prometheusText } from './metrics.js';
export type { BatchObservableResult } from '@opentelemetry/api';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.js';
export { createLogger, NestLogger, type Logger, type LoggerOptions } from './logger.js';
