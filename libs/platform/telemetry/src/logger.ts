import type { LoggerService } from '@nestjs/common';
import { pino, stdTimeFunctions, type DestinationStream, type Level, type Logger } from 'pino';
import { masked, stackFrames } from './redaction.js';
import { currentTraceId } from './tracing.js';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** `info` by default. */
  readonly level?: Level;
  /** The standard output by default. */
  readonly destination?: DestinationStream;
}

/**
 * One JSON object a line: `level`, `time`, `service`, `traceId`, `msg` and the fields given. Values under a sensitive name are
 * masked, errors lose their message (see `redaction.ts`). Texts (`msg`) are ours and constant: identifiers go into fields.
 */
export function createLogger(service: string, options: LoggerOptions = {}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => masked(fields) as Record<string, unknown>,
      },
      // The formatter below does not see the bindings of a child logger.
      redact: { paths: ['name', 'ins', 'matricule', 'ipp', 'nir', 'patient', 'traits', 'token'], censor: '[masked]' },
      // pino would apply its own error serializer, with the message, before ours.
      serializers: { err: (error: unknown) => masked(error) },
      mixin: () => {
        const traceId = currentTraceId();
        return traceId === undefined ? {} : { traceId };
      },
    },
    options.destination ?? pino.destination(1),
  );
}

/** Nest's own log lines, through the service's logger. */
export class NestLogger implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  #write(level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal', message: unknown, rest: unknown[]): void {
    const texts = rest.filter((item) => typeof item === 'string');
    const stack = texts.find((text) => text.includes('\n    at '));
    const context = texts.findLast((text) => text !== stack);
    const err = [message, ...rest].find((item) => item instanceof Error);
    if (err || stack !== undefined) {
      // The text beside a stack is the message of somebody's error: it may quote a value.
      this.#logger[level]({ context, ...(err ? { err } : { frames: stackFrames(stack ?? '') }) }, 'unexpected error');
      return;
    }
    this.#logger[level]({ context }, typeof message === 'string' ? message : 'Nest message');
  }
}
