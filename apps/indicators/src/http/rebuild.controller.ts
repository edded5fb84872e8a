import { Controller, Delete, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { CurrentPrincipal, Roles, type Principal } from '@pfi/platform-http';
import { Rebuild } from '../rebuild/rebuild.js';

/** The projection built again from what its owners publish; live rates stay meanwhile. */
@Controller('api/indicators/v1/rebuild')
export class RebuildController {
  constructor(@Inject(Rebuild) private readonly rebuild: Rebuild) {}

  @Post()
  @HttpCode(202)
  @Roles('admin')
  async start(@CurrentPrincipal() principal: Principal) {
    return { generation: await this.rebuild.start(principal.subject) };
  }

  @Get()
  @Roles('admin', 'operator')
  async progress() {
    const { generations, received, missing } = await this.rebuild.progress();
    return {
      generations: generations.map(({ startedAt, endedAt, ...generation }) => ({
        ...generation,
        startedAt: startedAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
      })),
      received,
      missing,
    };
  }

  /** What was built so far is dropped. */
  @Delete()
  @HttpCode(204)
  @Roles('admin')
  async abandon(): Promise<void> {
    await this.rebuild.abandon();
  }
}
