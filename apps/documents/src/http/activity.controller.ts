import { Controller, Get, Inject } from '@nestjs/common';
import { CurrentPrincipal, Roles, type Principal } from '@pfi/platform-http';
import { Database } from '@pfi/platform-postgres';
import { countActivity, type Activity } from '../persistence/activity.js';

/** The flows at a glance: what is at work, what ended today, what waits and why. */
@Controller('api/documents/v1/activity')
export class ActivityController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get()
  @Roles('reader', 'operator')
  now(@CurrentPrincipal() principal: Principal): Promise<Activity> {
    return this.database.transaction(principal.scopes, countActivity);
  }
}
