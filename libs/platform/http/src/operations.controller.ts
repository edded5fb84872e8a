import { Controller, Get, Header, Inject, Res, type Type } from '@nestjs/common';
import { prometheusText } from '@pfi/platform-telemetry';
import type { Response } from 'express';
import { Public } from './principal.js';
import { Readiness } from './readiness.js';

export abstract class ApiDocumentSource {
  abstract document(): Promise<object>;
}

/** Probes and metrics, for the orchestrator and the monitoring: no secret, no patient data. */
@Public()
@Controller()
export class OperationsController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Get('health/live')
  live(): object {
    return { status: 'up' };
  }

  @Get('health/ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const missing = await this.readiness.missing();
    if (missing.length > 0) response.status(503);
    return missing.length > 0 ? { status: 'down', missing } : { status: 'up' };
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return prometheusText();
  }
}

/** The OpenAPI document, at the root and under the service's own API. */
export function apiDocumentController(paths: string[]): Type {
  @Public()
  @Controller()
  class ApiDocumentController {
    constructor(@Inject(ApiDocumentSource) private readonly source: ApiDocumentSource) {}

    @Get(paths)
    document(): Promise<object> {
      return this.source.document();
    }
  }
  return ApiDocumentController;
}
