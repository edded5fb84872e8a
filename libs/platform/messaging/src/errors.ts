import { DomainError, type ErrorKind } from '@pfi/health';

export type MessagingErrorCode =
  | 'TOPIC_MISSING'
  | 'EVENT_BUS_UNAVAILABLE'
  | 'EVENT_INVALID'
  | 'EVENT_TOO_LARGE'
  | 'HANDLER_TIMEOUT'
  | 'CONSUMER_STUCK';

const kinds: Record<MessagingErrorCode, ErrorKind> = {
  TOPIC_MISSING: 'unavailable',
  EVENT_BUS_UNAVAILABLE: 'unavailable',
  EVENT_INVALID: 'invalid',
  EVENT_TOO_LARGE: 'invalid',
  HANDLER_TIMEOUT: 'unavailable',
  CONSUMER_STUCK: 'unavailable',
};

export class MessagingError extends DomainError {
  override readonly code: MessagingErrorCode;
  override readonly kind: ErrorKind;
  override readonly textFr: string;

  constructor(code: MessagingErrorCode, textFr: string, options?: { cause?: unknown }) {
    super(`${code}: ${textFr}`, options);
    this.code = code;
    this.kind = kinds[code];
    this.textFr = textFr;
  }
}
