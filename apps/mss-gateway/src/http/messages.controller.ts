import { Controller, Get, Inject, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { PfiError } from '@pfi/health';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { CircuitBreaker, Database, type CircuitStatus } from '@pfi/platform-postgres';
import { TenantAudit } from '@pfi/platform-service';
import { z } from 'zod';
import { MessageRepository } from '../persistence/message.repository.js';
import { ReceivedMailRepository } from '../persistence/received-mail.repository.js';
import { messageDetail, messageView, type MessageDetail, type MessageView } from './message.view.js';

const querySchema = z.strictObject({
  state: z
    .enum(['ready', 'sending', 'unknown', 'sent', 'delivered', 'refused', 'bounced', 'parked', 'cancelled'])
    .optional(),
  documentId: z.uuid().optional(),
  deliveryId: z.uuid().optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const NOTICES_SHOWN = 100;

/** Mails with their tries and notices, and the state of the way to the operator. */
@Controller('api/mss/v1')
export class MessagesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(MessageRepository) private readonly messages: MessageRepository,
    @Inject(ReceivedMailRepository) private readonly received: ReceivedMailRepository,
    @Inject(CircuitBreaker) private readonly breaker: CircuitBreaker,
    @Inject(TenantAudit) private readonly audit: TenantAudit,
  ) {}

  @Get('messages')
  @Roles('reader', 'operator')
  async list(
    @Query({ schema: querySchema }) { cursor, limit, ...filter }: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<MessageView>> {
    const rows = await this.database.transaction(principal.scopes, (tx) =>
      this.messages.list(tx, { ...filter, limit: limit + 1, after: rowPosition(cursor) }),
    );
    const page = pageOf(rows, limit, ({ createdAt, deliveryId }) => ({ at: createdAt.toISOString(), id: deliveryId }));
    return { items: page.items.map(messageView), next: page.next };
  }

  @Get('messages/:id')
  @Roles('reader', 'operator')
  async one(@Param('id', ParseUUIDPipe) id: string, @CurrentPrincipal() principal: Principal): Promise<MessageDetail> {
    const found = await this.database.transaction(principal.scopes, async (tx) => {
      const message = await this.messages.find(tx, id);
      if (!message) return undefined;
      const attempts = await this.messages.attempts(tx, id);
      const notices = await this.received.list(tx, { kinds: null, deliveryId: id, limit: NOTICES_SHOWN });
      return messageDetail(message, attempts, notices);
    });
    if (found) return found;
    const sought = { action: 'message-read', kind: 'message', id } as const;
    await this.audit.missed(principal, sought, async (tx) => (await this.messages.find(tx, id))?.owner);
    throw new PfiError('MESSAGE_UNKNOWN', 'not-found', 'Ce message n’existe pas, ou n’est pas dans votre périmètre.');
  }

  /** Ways to the operator in trouble, by legal entity; one that never failed is not listed. */
  @Get('destinations')
  @Roles('reader', 'operator')
  async destinations(@CurrentPrincipal() principal: Principal): Promise<Page<CircuitStatus>> {
    const items = await this.database.transaction(principal.scopes, (tx) => this.breaker.list(tx));
    return { items, next: null };
  }
}
