import kafkajs, { type logCreator } from 'kafkajs';
import type { MessagingLogger } from '../logger.js';

const { logLevel } = kafkajs;

/** Brokers that come and go are a warning: what they break is reported by the part that needed them. */
export function kafkajsLog(logger: MessagingLogger): logCreator {
  return () =>
    ({ level, namespace, log }) => {
      const details = { kafkajs: namespace, groupId: log.groupId as string | undefined, error: textOf(log.error) };
      if (level <= logLevel.WARN) logger.warn(details, log.message);
      else logger.debug(details, log.message);
    };
}

const textOf = (error: unknown): string | undefined =>
  error instanceof Error ? error.message : typeof error === 'string' ? error : undefined;
