import { Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query, type Type } from '@nestjs/common';
import { PfiError } from '@pfi/health';
import { CurrentPrincipal, Roles, type Page, type Principal } from '@pfi/platform-http';
import { ParkedEvents, type ParkedEvent, type ReplayResult } from '@pfi/platform-messaging';
import { z } from 'zod';

const querySchema = z.strictObject({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/**
 * `GET <apiPath>/parked-events`, `POST <apiPath>/parked-events/{id}/replay`: events of other services that this one could not
 * apply. They hold nobody else back; a person replays them once the cause is mended.
 */
export function parkedEventsController(apiPath: string): Type {
  @Controller(`${apiPath}/parked-events`)
  class ParkedEventsController {
    constructor(@Inject(ParkedEvents) private readonly parked: ParkedEvents) {}

    @Get()
    @Roles('operator', 'admin')
    list(
      @Query({ schema: querySchema }) query: z.output<typeof querySchema>,
      @CurrentPrincipal() principal: Principal,
    ): Promise<Page<ParkedEvent>> {
      return this.parked.list(principal.scopes, query);
    }

    @Post(':id/replay')
    @HttpCode(202)
    @Roles('operator', 'admin')
    async replay(
      @Param('id', ParseUUIDPipe) id: string,
      @CurrentPrincipal() principal: Principal,
    ): Promise<ReplayResult> {
      const result = await this.parked.replay(principal.scopes, [id]);
      if (result.notFound > 0)
        throw new PfiError(
          'PARKED_EVENT_UNKNOWN',
          'not-found',
          'Cet événement n’est pas en attente, ou n’est pas dans votre périmètre.',
        );
      return result;
    }
  }
  return ParkedEventsController;
}
