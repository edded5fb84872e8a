import { Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { CurrentPrincipal, Roles, type Principal } from '@pfi/platform-http';
import { Republication, type RepublicationProgress } from './republication.js';

/** `POST /internal/v1/republish`, `GET /internal/v1/republish/{id}`: for services that rebuild what they keep of this one's state. */
@Controller('internal/v1/republish')
export class RepublicationController {
  constructor(@Inject(Republication) private readonly republication: Republication) {}

  @Post()
  @HttpCode(202)
  @Roles('admin')
  request(@CurrentPrincipal() principal: Principal): Promise<RepublicationProgress> {
    return this.republication.request(principal.subject);
  }

  @Get(':id')
  @Roles('admin')
  progress(@Param('id', ParseUUIDPipe) id: string): Promise<RepublicationProgress> {
    return this.republication.progress(id);
  }
}
