import { Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { recordAccess } from '@pfi/platform-service';
import { Database } from '@pfi/platform-postgres';
import { ownerOfDomain } from '@pfi/platform-settings';
import { z } from 'zod';
import { TaskRepository, type Task } from '../persistence/task.repository.js';

const querySchema = z.strictObject({
  state: z.enum(['open', 'closed']).optional(),
  code: z.string().max(50).optional(),
  patient: z.uuid().optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** What the identity cell has to look at. */
@Controller('api/identity/v1/tasks')
export class TasksController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(TaskRepository) private readonly tasks: TaskRepository,
  ) {}

  @Get()
  @Roles('reader', 'operator', 'identity-vigilance')
  async list(
    @Query({ schema: querySchema }) { cursor, limit, ...filter }: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Task>> {
    const after = rowPosition(cursor);
    const rows = await this.database.transaction(principal.scopes, (tx) =>
      this.tasks.list(tx, { ...filter, after, limit: limit + 1 }),
    );
    return pageOf(rows, limit, ({ openedAt, id }) => ({ at: openedAt, id }));
  }

  @Post(':id/close')
  @HttpCode(200)
  @Roles('identity-vigilance')
  async close(@Param('id', ParseUUIDPipe) id: string, @CurrentPrincipal() principal: Principal): Promise<Task> {
    return this.database.transaction(principal.scopes, async (tx) => {
      const task = await this.tasks.close(tx, id, principal.subject, new Date());
      const accessed = [{ owner: ownerOfDomain(task.domain), patientId: task.patientId }];
      await recordAccess(tx, principal, { action: 'task-close', accessed, details: [`task:${id}`] });
      return task;
    });
  }
}
