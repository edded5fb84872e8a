import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { Database } from '@pfi/platform-postgres';
import { Ght, ownerOfLegalEntity } from '@pfi/platform-settings';
import { z } from 'zod';
import { ReceivedMailRepository } from '../persistence/received-mail.repository.js';
import { mailboxView, receivedView, type MailboxView, type ReceivedView } from './message.view.js';

const kinds = ['delivery-notice', 'read-notice', 'answer', 'other', 'unreadable'] as const;

const querySchema = z.strictObject({
  kind: z.enum(kinds).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** The applicative mailboxes, and what came into them: never contents, senders or subjects. */
@Controller('api/mss/v1')
export class MailboxesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Ght) private readonly ght: Ght,
    @Inject(ReceivedMailRepository) private readonly received: ReceivedMailRepository,
  ) {}

  @Get('mailboxes')
  @Roles('reader', 'operator')
  async mailboxes(@CurrentPrincipal() { scopes }: Principal): Promise<Page<MailboxView>> {
    const read = await this.database.transaction(scopes, (tx) => this.received.mailboxes(tx));
    const status = new Map(read.map((one) => [one.owner, one]));
    const items = this.ght.file.legalEntities.flatMap(({ finess, mailbox }) => {
      const owner = ownerOfLegalEntity(finess);
      return mailbox && scopes.includes(owner) ? [mailboxView(finess, mailbox.address, status.get(owner))] : [];
    });
    return { items, next: null };
  }

  @Get('received')
  @Roles('reader', 'operator')
  async list(
    @Query({ schema: querySchema }) { kind, cursor, limit }: z.output<typeof querySchema>,
    @CurrentPrincipal() { scopes }: Principal,
  ): Promise<Page<ReceivedView>> {
    const rows = await this.database.transaction(scopes, (tx) =>
      this.received.list(tx, { kinds: kind ? [kind] : null, limit: limit + 1, after: rowPosition(cursor) }),
    );
    const page = pageOf(rows, limit, ({ receivedAt, id }) => ({ at: receivedAt.toISOString(), id }));
    return { items: page.items.map(receivedView), next: page.next };
  }
}
