import { Body, Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { inFlightReportSchema, type DeliveryClaim, type InFlightPage } from '@pfi/contracts';
import { ContentStore } from '@pfi/platform-content';
import { CurrentPrincipal, Roles, type Principal } from '@pfi/platform-http';
import type { Response } from 'express';
import { z } from 'zod';
import { GoAhead } from '../deliveries/go-ahead.js';
import { RequestsInFlight } from '../ledger/requests-in-flight.js';

const claimSchema = z.strictObject({ request: z.int().positive() });
const contentSchema = z.strictObject({ owner: z.string().regex(/^ej:\w{9}$/) });

const inFlightSchema = z.strictObject({
  channels: z.string().transform((text, context) => {
    const read = z
      .array(z.enum(['dmp', 'mss-pro', 'mss-patient']))
      .min(1)
      .safeParse(text.split(','));
    if (read.success) return read.data;
    context.addIssue({ code: 'custom', message: 'canaux séparés par des virgules attendus' });
    return z.NEVER;
  }),
  after: z.uuid().optional(),
});

/** What gateways ask just before they send, and what they compare with their own work. Not a public interface. */
@Controller('internal/v1')
export class GatewaysController {
  constructor(
    @Inject(GoAhead) private readonly goAhead: GoAhead,
    @Inject(ContentStore) private readonly contents: ContentStore,
    @Inject(RequestsInFlight) private readonly inFlight: RequestsInFlight,
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

  @Get('requests-in-flight')
  @Roles('gateway')
  requestsInFlight(
    @Query({ schema: inFlightSchema }) { channels, after }: z.output<typeof inFlightSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<InFlightPage> {
    return this.inFlight.page(principal.scopes, channels, after ?? null);
  }

  @Post('requests-in-flight')
  @HttpCode(204)
  @Roles('gateway')
  report(
    @Body({ schema: inFlightReportSchema }) body: z.output<typeof inFlightReportSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    return this.inFlight.report(principal.scopes, body);
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
