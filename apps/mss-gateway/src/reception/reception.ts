import { effectOf, type NoticeEffect } from '@pfi/mss-core';
import type { NewEvent, Outbox } from '@pfi/platform-messaging';
import type { Database, Tx } from '@pfi/platform-postgres';
import { meter } from '@pfi/platform-telemetry';
import type { Folder } from '../gateways/imap/imap-mailbox.js';
import type { Message, MessageRepository } from '../persistence/message.repository.js';
import type { NewReceivedMail, ReceivedMailRepository } from '../persistence/received-mail.repository.js';
import { outcomeEvent } from '../sending/outcome-events.js';
import { folderOf, type Received } from './received.js';

const received = meter('pfi-mss-gateway').createCounter('pfi_mss_received', {
  description: 'Mails taken from the applicative mailboxes, by kind and code',
});

/** The applicative mailbox that mails were taken from. */
export interface Origin {
  readonly owner: string;
  readonly address: string;
}

/** What received mails say is applied to what was sent, each mail once. */
export class Reception {
  constructor(
    private readonly database: Database,
    private readonly messages: MessageRepository,
    private readonly receivedMails: ReceivedMailRepository,
    private readonly outbox: Outbox,
  ) {}

  /** One transaction for all of them. @returns where each belongs now, by UID. */
  async apply(origin: Origin, mails: readonly Received[]): Promise<ReadonlyMap<number, Folder>> {
    return this.database.transaction([origin.owner], async (tx) => {
      const folders = new Map<number, Folder>();
      const known = await this.messages.lockAll(tx, [...new Set(mails.flatMap(({ deliveryIds }) => deliveryIds))]);
      const events: NewEvent[] = [];
      for (const mail of mails) {
        const concerned = mail.deliveryIds.map((id) => known.get(id)).find((message) => message !== undefined);
        const row = rowOf(origin, mail, concerned);
        folders.set(mail.uid, folderOf(row));
        if (!(await this.receivedMails.add(tx, row))) continue;
        tx.afterCommit(() => received.add(1, { kind: row.kind, code: row.code ?? '' }));
        if (!concerned || !mail.notice) continue;
        const at = mail.notice.kind === 'read' ? mail.notice.at : null;
        const effect = effectOf(mail.notice, { ...concerned, isRead: concerned.readAt !== null });
        const after = await this.settle(tx, concerned, effect, at);
        known.set(concerned.deliveryId, after);
        events.push(...eventsOf(concerned, after));
      }
      await this.receivedMails.wasRead(tx, origin.owner, origin.address);
      await this.outbox.append(tx, events);
      return folders;
    });
  }

  /** A mailbox could not be read: told on screens until it is again. */
  async failed({ owner, address }: Origin, code: string): Promise<void> {
    await this.database.transaction([owner], (tx) => this.receivedMails.failed(tx, owner, address, code));
  }

  private async settle(tx: Tx, message: Message, effect: NoticeEffect, at: Date | null): Promise<Message> {
    const { state, outcomeCode, outcomeText, status } = effect;
    if (state === undefined && !effect.read) return message;
    const now = new Date();
    // The clock of whoever writes the notice: what it cannot be is not believed.
    const possible = at !== null && at >= message.createdAt && at <= now;
    const readAt = effect.read ? (possible ? at : now) : null;
    await this.messages.settled(tx, message.deliveryId, {
      ...{ state, status, readAt },
      code: outcomeCode,
      text: outcomeText,
    });
    return {
      ...message,
      readAt: message.readAt ?? readAt,
      ...(state && { state, outcomeCode, outcomeText, status: status ?? message.status, settledAt: now }),
    };
  }
}

function eventsOf(before: Message, after: Message): NewEvent[] {
  const settled = after.state !== before.state && (after.state === 'delivered' || after.state === 'bounced');
  return [
    ...(settled ? [outcomeEvent(after.state as 'delivered' | 'bounced', after)] : []),
    ...(after.readAt && !before.readAt ? [outcomeEvent('read', after, { at: after.readAt })] : []),
  ];
}

function rowOf({ owner, address }: Origin, mail: Received, concerned: Message | undefined): NewReceivedMail {
  const { notice, messageId, sha256, size, kind } = mail;
  return {
    ...{ owner, mailbox: address, messageId, sha256, size, kind },
    // A notice of a mail that is not ours is shown to a person.
    code: mail.code ?? (notice && !concerned ? 'NOTICE_UNMATCHED' : null),
    deliveryId: concerned?.deliveryId ?? null,
    action: notice === null ? null : notice.kind === 'read' ? notice.disposition : notice.action,
    status: notice?.kind === 'delivery' ? notice.status : null,
  };
}
