import { pipeline } from 'node:stream/promises';
import { Body, Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query, Req, Res } from '@nestjs/common';
import { inFlightReportSchema, type DeliveryClaim, type InFlightPage } from '@pfi/contracts';
import { contentKey, ContentStore, type ContentName } from '@pfi/platform-content';
import { CLAIM_WITH_CONTENTS, writeClaimWithContents } from '@pfi/platform-go-ahead';
import { CurrentPrincipal, Roles, type Principal } from '@pfi/platform-http';
import { GroupedCalls } from '@pfi/platform-postgres';
import type { Request, Response } from 'express';
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

/** Contents up to this size come with the claim; larger ones are asked for apart. Bytes. */
const WITH_CLAIM_BYTES = 1024 * 1024;

interface Wanted {
  readonly scopes: readonly string[];
  readonly names: readonly ContentName[];
}

/** What gateways ask just before they send, and what they compare with their own work. Not a public interface. */
@Controller('internal/v1')
export class GatewaysController {
  readonly #reads: GroupedCalls<Wanted, ReadonlyMap<string, Buffer>>;

  constructor(
    @Inject(GoAhead) private readonly goAhead: GoAhead,
    @Inject(ContentStore) private readonly contents: ContentStore,
    @Inject(RequestsInFlight) private readonly inFlight: RequestsInFlight,
  ) {
    this.#reads = new GroupedCalls<Wanted, ReadonlyMap<string, Buffer>>({
      keyOf: ({ scopes }) => scopes.join(),
      limit: 16,
      run: async (all) => {
        const { scopes = [] } = all[0] ?? {};
        const names = all.flatMap((one) => one.names);
        const found = await contents.readSmall(scopes, names, WITH_CLAIM_BYTES);
        return all.map(() => found);
      },
    });
  }

  @Post('deliveries/:id/claim')
  @HttpCode(200)
  @Roles('gateway')
  async claim(
    @Param('id', ParseUUIDPipe) id: string,
    @Body({ schema: claimSchema }) body: z.output<typeof claimSchema>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const claim = await this.goAhead.claim(principal, id, body.request);
    if (!request.headers.accept?.startsWith(CLAIM_WITH_CONTENTS)) {
      response.json(claim);
      return;
    }
    const names = contentsOf(claim);
    const found = await this.#reads.call({ scopes: principal.scopes, names });
    const contents = names.flatMap((name) => {
      const bytes = found.get(contentKey(name));
      return bytes ? [{ sha256: name.sha256, bytes }] : [];
    });
    const pieces = writeClaimWithContents(claim, contents);
    response.setHeader('content-type', CLAIM_WITH_CONTENTS);
    response.setHeader(
      'content-length',
      pieces.reduce((sum, { length }) => sum + length, 0),
    );
    response.cork();
    for (const piece of pieces) response.write(piece);
    response.end();
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
    const { size, pieces } = await this.contents.stream(principal.scopes, query.owner, sha256);
    response.setHeader('content-type', 'application/octet-stream');
    // The gateway reads on once it has room for so many.
    response.setHeader('content-length', size);
    await pipeline(pieces, response);
  }
}

/** What the gateway needs of it; nothing of a withdrawal from the DMP, which names the document only. */
function contentsOf(claim: DeliveryClaim): ContentName[] {
  const owner = `ej:${claim.legalEntity}`;
  if (claim.channel === 'dmp' && claim.operation === 'withdraw') return [];
  const pdf = claim.channel === 'dmp' ? null : claim.pdf;
  return [claim.artefact, ...(pdf ? [pdf] : [])].map(({ sha256 }) => ({ owner, sha256 }));
}
