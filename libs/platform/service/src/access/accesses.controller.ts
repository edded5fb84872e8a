import { Controller, Get, Inject, Query, type Type } from '@nestjs/common';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { z } from 'zod';
import { AccessTrail } from './access-trail.js';
import type { OwnerVerification } from './access-verification.js';
import type { AccessView } from './accesses.js';

const querySchema = z.strictObject({
  patient: z.uuid().optional(),
  document: z.uuid().optional(),
  /** Subject of OpenID Connect. */
  subject: z.string().min(1).max(200).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const verificationSchema = z.strictObject({
  /** The last 31 days by default. */
  since: z.iso.datetime({ offset: true }).optional(),
});

/** `GET <apiPath>/accesses`: who read or did what (S-13). `GET <apiPath>/accesses/verification`: is the trail as it was written? */
export function accessesController(apiPath: string): Type {
  @Controller(`${apiPath}/accesses`)
  class AccessesController {
    constructor(@Inject(AccessTrail) private readonly trail: AccessTrail) {}

    @Get()
    @Roles('admin')
    async list(
      @Query({ schema: querySchema }) { cursor, limit, ...filter }: z.output<typeof querySchema>,
      @CurrentPrincipal() principal: Principal,
    ): Promise<Page<AccessView>> {
      const page = { after: rowPosition(cursor), limit: limit + 1 };
      const rows = await this.trail.list(principal.scopes, filter, page);
      return pageOf(rows, limit, ({ at, id }) => ({ at, id }));
    }

    @Get('verification')
    @Roles('admin')
    async verification(
      @Query({ schema: verificationSchema }) { since }: z.output<typeof verificationSchema>,
      @CurrentPrincipal() principal: Principal,
    ): Promise<Page<OwnerVerification>> {
      const month = new Date(Date.now() - 31 * 24 * 3_600_000).toISOString();
      return { items: await this.trail.verify(principal.scopes, since ?? month), next: null };
    }
  }
  return AccessesController;
}
