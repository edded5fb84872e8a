import { Controller, Headers, HttpCode, Inject, Post, Req, Res, SetMetadata } from '@nestjs/common';
import { CurrentPrincipal, HttpProblem, Roles, type Principal } from '@pfi/platform-http';
import { currentTraceparent } from '@pfi/platform-telemetry';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { depositMetadataExample, depositMetadataSchema } from '../intake/rest/deposit-metadata.schema.js';
import { DepositDoor } from '../intake/rest/deposit-door.js';
import { DepositRoom } from '../intake/rest/deposit-room.js';
import { MAX_FILE_BYTES, readDepositParts } from '../intake/rest/multipart.js';

const KEY = /^[\x21-\x7e]{1,200}$/;
/** Of bodies under way; each takes several times its size while it is read, hashed and stored. */
const ROOM_BYTES = 48 * 1024 * 1024;
const PATH = 'api/documents/v1/documents';

const { $schema: _dialect, ...metadataSchema } = z.toJSONSchema(depositMetadataSchema, {
  io: 'input',
  unrepresentable: 'any',
});

/** The form of a deposit, as the OpenAPI document shows it. */
const formSchema = {
  type: 'object',
  required: ['metadata', 'file'],
  properties: {
    metadata: { ...metadataSchema, example: depositMetadataExample },
    file: {
      type: 'string',
      format: 'binary',
      description: 'PDF (application/pdf) ou CDA R2 (text/xml), 20 Mio au plus.',
    },
  },
};

/** Finished documents handed over by REST. */
@Controller(PATH)
export class DepositsController {
  readonly #room = new DepositRoom(ROOM_BYTES);

  constructor(@Inject(DepositDoor) private readonly door: DepositDoor) {}

  /** 202 with `Location` once everything is committed; the document's own page tells what becomes of it. */
  @Post()
  @HttpCode(202)
  @Roles('operator')
  // What the OpenAPI generator reads; its own decorators would load the whole generator with the service.
  @SetMetadata('swagger/apiConsumes', ['multipart/form-data'])
  @SetMetadata('swagger/apiParameters', [{ in: 'body', type: String, required: true, schema: formSchema }])
  async deposit(
    @Headers('idempotency-key') key: string | undefined,
    @CurrentPrincipal() principal: Principal,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (key !== undefined && !KEY.test(key))
      throw new HttpProblem(
        400,
        'IDEMPOTENCY_KEY_INVALID',
        'Clé d’idempotence attendue : 1 à 200 caractères ASCII sans espace.',
        {
          pointer: 'Idempotency-Key',
        },
      );
    const leave = this.#room.enter(announcedBytes(request));
    // Not kept under "rejets": nothing was read, and what is full must not be given more to do.
    if (!leave)
      throw new HttpProblem(
        503,
        'DEPOSITS_BUSY',
        'Trop de documents volumineux sont déposés en même temps : renvoyer celui-ci dans quelques secondes.',
      );
    const body = await this.door
      .deposit({
        principal,
        idempotencyKey: key,
        receivedAt: new Date(),
        traceparent: currentTraceparent() ?? null,
        parts: () => readDepositParts(request),
      })
      .finally(leave);
    const { id } = JSON.parse(body.toString()) as { readonly id: string };
    response.status(202).location(`/${PATH}/${id}`).type('application/json').end(body);
  }
}

/** Without a length anything may come; what is beyond the limit is read, but not kept. */
const announcedBytes = ({ headers }: Request): number =>
  Math.min(Number(headers['content-length'] ?? MAX_FILE_BYTES), MAX_FILE_BYTES);
