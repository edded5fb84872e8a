import type { Server } from 'node:http';
import type { Logger } from '@pfi/platform-telemetry';
import type { ShutdownStep } from './service.types.js';

const REQUEST_LIMIT_MS = 25_000;

/** Runs the steps one after the other; a step that throws is logged and the next one runs. */
export async function runSteps(steps: readonly ShutdownStep[], logger: Logger): Promise<void> {
  for (const { name, stop } of steps) {
    try {
      await stop();
      logger.info({ step: name }, 'stopped');
    } catch (err) {
      logger.error({ step: name, err }, 'stop failed');
    }
  }
}

/** Takes no new connection, lets the requests in progress answer, then cuts what is left. */
export async function closeHttp(server: Server, limitMs = REQUEST_LIMIT_MS): Promise<void> {
  if (!server.listening) return;
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const limit = setTimeout(() => server.closeAllConnections(), limitMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(idle);
  clearTimeout(limit);
}

export interface SignalOptions {
  readonly logger: Logger;
  readonly limitMs: number;
  readonly stop: () => Promise<void>;
  /** The process itself, except in tests. */
  readonly target?: SignalTarget;
}

export interface SignalTarget {
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * SIGTERM and SIGINT: the ordered stop, then exit 0; past the limit or on a second signal, exit 1 at once. A promise that
 * nobody handles ends the process: its state is unknown, a restart's is not.
 */
export function exitOnSignals({ logger, limitMs, stop, target = process }: SignalOptions): void {
  let stopping = false;
  const onSignal = (signal: unknown): void => {
    if (stopping) {
      logger.fatal({ signal }, 'second signal, leaving at once');
      return target.exit(1);
    }
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.fatal({ limitMs }, 'stop took too long, leaving');
      target.exit(1);
    }, limitMs).unref();
    void stop().then(() => target.exit(0));
  };
  target.on('SIGTERM', onSignal);
  target.on('SIGINT', onSignal);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    target.on(event, (err: unknown) => {
      logger.fatal({ err }, event);
      target.exit(1);
    });
  }
}
