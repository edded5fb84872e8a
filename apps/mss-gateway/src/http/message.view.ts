import type { Message, Attempt } from '../persistence/message.repository.js';
import type { MailboxStatus, ReceivedMail } from '../persistence/received-mail.repository.js';

const legalEntityOf = (owner: string): string => owner.slice('ej:'.length);
const instant = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A message as the API shows it. The address of a patient holds the INS: it is not shown. */
export const messageView = (message: Message) => ({
  id: message.deliveryId,
  documentId: message.documentId,
  lineageId: message.lineageId,
  legalEntity: legalEntityOf(message.owner),
  establishment: message.establishment,
  channel: message.channel,
  operation: message.operation,
  state: message.state,
  inDoubt: message.inDoubt,
  attempts: message.attempts,
  messageId: message.messageId,
  recipient: message.channel === 'mss-patient' ? null : message.address,
  /** bytes */
  size: message.size,
  submissionSetId: message.submissionSetId,
  outcomeCode: message.outcomeCode,
  outcomeText: message.outcomeText,
  status: message.status,
  sentAt: instant(message.sentAt),
  settledAt: instant(message.settledAt),
  readAt: instant(message.readAt),
  createdAt: message.createdAt.toISOString(),
  updatedAt: message.updatedAt.toISOString(),
});

export type MessageView = ReturnType<typeof messageView>;

const attemptView = ({ attempt, startedAt, endedAt, code, status, text }: Attempt) => ({
  attempt,
  startedAt: startedAt.toISOString(),
  endedAt: instant(endedAt),
  ...{ code, status, text },
});

/** With every time that bytes may have left, and every notice that came back. */
export const messageDetail = (message: Message, attempts: readonly Attempt[], notices: readonly ReceivedMail[]) => ({
  ...messageView(message),
  tries: attempts.map(attemptView),
  notices: notices.map(receivedView),
});

export type MessageDetail = ReturnType<typeof messageDetail>;

export const receivedView = (mail: ReceivedMail) => ({
  id: mail.id,
  legalEntity: legalEntityOf(mail.owner),
  mailbox: mail.mailbox,
  kind: mail.kind,
  code: mail.code,
  deliveryId: mail.deliveryId,
  action: mail.action,
  status: mail.status,
  /** bytes */
  size: mail.size,
  receivedAt: mail.receivedAt.toISOString(),
});

export type ReceivedView = ReturnType<typeof receivedView>;

/** Times are null until the mailbox was read, or failed, for the first time. */
export const mailboxView = (legalEntity: string, address: string, status: MailboxStatus | undefined) => ({
  address,
  legalEntity,
  lastReadAt: instant(status?.lastReadAt ?? null),
  lastFailureAt: instant(status?.lastFailureAt ?? null),
  failureCode: status?.failureCode ?? null,
});

export type MailboxView = ReturnType<typeof mailboxView>;
