import { Controller, Get, Inject } from '@nestjs/common';
import { asyncApiDocument } from '@pfi/contracts';
import { Public } from '@pfi/platform-http';
import { TOPIC_PREFIX } from './tokens.js';

/** The events of the platform, for those who read its topics. */
@Public()
@Controller()
export class AsyncApiController {
  constructor(@Inject(TOPIC_PREFIX) private readonly topicPrefix: string) {}

  @Get('asyncapi.json')
  document(): object {
    return asyncApiDocument({ version: '1', topicPrefix: this.topicPrefix });
  }
}
