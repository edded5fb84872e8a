import { createHash } from 'node:crypto';
import { deliveryIdOf, MailFault, readMail, type Notice } from '@pfi/mss-core';
import type { FetchedMail, Folder } from '../gateways/imap/imap-mailbox.js';
import type { ReceivedKind } from '../persistence/received-mail.repository.js';

/** Of a received mail, as many bytes are read: a notice says all it has to say before what it returns. */
export const READ_BYTES = 1_000_000;

/** A received mail as far as its bytes tell. */
export interface Received {
  readonly uid: number;
  readonly messageId: string | null;
  /** Of the bytes that were read. */
  readonly sha256: string;
  readonly size: number;
  readonly kind: ReceivedKind;
  readonly code: string | null;
  readonly notice: Notice | null;
  /** Deliveries it may speak of, the surest first. */
  readonly deliveryIds: readonly string[];
}

/** Never raises: what cannot be read is kept with its code, and the mailbox goes on. */
export function receive({ uid, size, bytes }: FetchedMail): Received {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const known = { uid, size, sha256 };
  try {
    const { messageId, notice, answersTo } = readMail(bytes);
    const named = [notice?.deliveryId, ...[notice?.messageId ?? '', ...answersTo].map(deliveryIdOf)];
    const deliveryIds = [...new Set(named.filter((id) => id !== null && id !== undefined))];
    const answer = deliveryIds.length > 0 ? 'answer' : 'other';
    const kind = notice ? (notice.kind === 'read' ? 'read-notice' : 'delivery-notice') : answer;
    return { ...known, messageId, notice, deliveryIds, kind, code: null };
  } catch (error) {
    // A fault of our own reading must not stop the mailbox either.
    const code = error instanceof MailFault ? error.code : 'MAIL_UNREADABLE';
    return { ...known, messageId: null, notice: null, deliveryIds: [], kind: 'unreadable', code };
  }
}

/** Notices are done with; anything else is for a person. */
export const folderOf = ({ kind, code }: { readonly kind: ReceivedKind; readonly code: string | null }): Folder =>
  code === null && (kind === 'delivery-notice' || kind === 'read-notice') ? 'done' : 'review';
