import { effectOf, type Notice } from '@pfi/mss-core';
import type { NewEvent, Outbox } from '@pfi/platform-messaging';
import type { Database } from '@pfi/platform-postgres';
import { meter } from '@pfi/platform-telemetry';
import type { Folder } from '../gateways/imap/imap-mailbox.js';
import type { Message, MessageRepository, Settlement } from '../persistence/message.repository.js';
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
      const known = await this.messages.lockAll(tx, [...new Set(mails.flatMap(({ deliveryIds }) => deliveryIds))]);
      const taken = mails.map((mail) => {
        const concerned = mail.deliveryIds.find((id) => known.has(id));
        return { mail, concerned, row: rowOf(origin, mail, concerned) };
      });
      const fresh = await this.receivedMails.add(
        tx,
        taken.map(({ row }) => row),
      );
      const settlements = new Map<string, Settlement>();
      const events: NewEvent[] = [];
      for (const { mail, concerned, row } of taken) {
        // The same bytes twice in one batch are fresh once.
        if (!fresh.delete(mail.sha256)) continue;
        tx.afterCommit(() => received.add(1, { kind: row.kind, code: row.code ?? '' }));
        const before = concerned === undefined ? undefined : known.get(concerned);
        if (!before || !mail.notice) continue;
        const settlement = settlementOf(before, mail.notice);
        if (!settlement) continue;
        const after = afterwards(before, settlement);
        known.set(before.deliveryId, after);
        settlements.set(before.deliveryId, together(settlements.get(before.deliveryId), settlement));
        events.push(...eventsOf(before, after));
      }
      this.messages.settled(tx, [...settlements.values()]);
      this.receivedMails.wasRead(tx, origin.owner, origin.address);
      await this.outbox.append(tx, events);
      return new Map(taken.map(({ mail, row }): [number, Folder] => [mail.uid, folderOf(row)]));
    });
  }

  /** A mailbox could not be read: told on screens until it is again. */
  async failed({ owner, address }: Origin, code: string): Promise<void> {
    await this.database.transaction([owner], (tx) => this.receivedMails.failed(tx, owner, address, code));
  }
}

/** Undefined when the notice changes nothing. */
function settlementOf(message: Message, notice: Notice): Settlement | undefined {
  const effect = effectOf(notice, { ...message, isRead: message.readAt !== null });
  const { state, outcomeCode: code, outcomeText: text, status } = effect;
  if (state === undefined && !effect.read) return undefined;
  const now = new Date();
  const at = notice.kind === 'read' ? notice.at : null;
  // The clock of whoever writes the notice: what it cannot be is not believed.
  const possible = at !== null && at >= message.createdAt && at <= now;
  const readAt = effect.read ? (possible ? at : now) : null;
  return { deliveryId: message.deliveryId, state, code, text, status, readAt };
}

const afterwards = (message: Message, { state, code, text, status, readAt }: Settlement): Message => ({
  ...message,
  readAt: message.readAt ?? readAt,
  ...(state && {
    ...{ state, outcomeCode: code, outcomeText: text, status: status ?? message.status },
    ...{ settledAt: new Date(), inDoubt: false },
  }),
});

/** Several notices of one message in one batch; only one of them says that it arrived or came back. */
const together = (first: Settlement | undefined, next: Settlement): Settlement =>
  first === undefined ? next : { ...(next.state === undefined ? first : next), readAt: first.readAt ?? next.readAt };

function eventsOf(before: Message, after: Message): NewEvent[] {
  const settled = after.state !== before.state && (after.state === 'delivered' || after.state === 'bounced');
  return [
    ...(settled ? [outcomeEvent(after.state as 'delivered' | 'bounced', after)] : []),
    ...(after.readAt && !before.readAt ? [outcomeEvent('read', after, { at: after.readAt })] : []),
  ];
}

function rowOf({ owner, address }: Origin, mail: Received, concerned: string | undefined): NewReceivedMail {
  const { notice, messageId, sha256, size, kind } = mail;
  return {
    ...{ owner, mailbox: address, messageId, sha256, size, kind },
    // A notice of a mail that is not ours is shown to a person.
    code: mail.code ?? (notice && !concerned ? 'NOTICE_UNMATCHED' : null),
    deliveryId: concerned ?? null,
    action: notice === null ? null : notice.kind === 'read' ? notice.disposition : notice.action,
    status: notice?.kind === 'delivery' ? notice.status : null,
  };
}
