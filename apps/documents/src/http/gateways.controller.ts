import { Body, Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import type { DeliveryClaim } from '@pfi/contracts';
import { ContentStore } from '@pfi/platform-content';
import { CurrentPrincipal, Roles, type Principal } from '@pfi/platform-http';
import type { Response } from 'express';
import { z } from 'zod';
import { GoAhead } from '../deliveries/go-ahead.js';

const claimSchema = z.strictObject({ request: z.int().positive() });
const contentSchema = z.strictObject({ owner: z.string().regex(/^ej:\w{9}$/) });

/** What gateways ask just before they send. Not a public interface. */
@Controller('internal/v1')
export class GatewaysController {
  constructor(
    @Inject(GoAhead) private readonly goAhead: GoAhead,
    @Inject(ContentStore) private readonly contents: ContentStore,
  ) {}

  @Post('deliveries/:id/claim')
  @HttpCode(200)
  @Roles('gateway')
  claim(
    @Param('id', ParseUUIDPipe) id: string,
    @Body({ schema: claimSchema }) body: z.output<typeof claimSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeliveryClaim> {
    return this.goAhead.claim(principal, id, body.request);
  }

  @Get('contents/:sha256')
  @Roles('gateway')
  async content(
    @Param('sha256') sha256: string,
    @Query({ schema: contentSchema }) query: z.output<typeof contentSchema>,
    @CurrentPrincipal() principal: Principal,
    @Res() response: Response,
  ): Promise<void> {
    const bytes = await this.contents.read(principal.scopes, query.owner, sha256);
    response.setHeader('content-type', 'application/octet-stream');
    response.end(bytes);
  }
}
