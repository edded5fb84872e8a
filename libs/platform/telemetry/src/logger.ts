import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';

/** JSON lines on the standard output: `service`, `level`, `time`, `traceId`, `msg`. Patient data is masked by key name. */
export function createLogger(service: string, destination?: DestinationStream): Logger {
  return pino({ base: { service } }, destination as DestinationStream);
}

/** Nest's own log lines, through the service's logger. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown): void {
    this.logger.info(String(message));
  }

  error(message: unknown): void {
    this.logger.error(String(message));
  }

  warn(message: unknown): void {
    this.logger.warn(String(message));
  }
}

export type { Logger } from 'pino';
