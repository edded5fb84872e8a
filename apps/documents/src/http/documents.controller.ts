import { pipeline } from 'node:stream/promises';
import { Body, Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { CdaFault } from '@pfi/cda';
import { PfiError } from '@pfi/health';
import { ContentStore } from '@pfi/platform-content';
import type { HeldCopy } from '@pfi/platform-http';
import {
  CallersCopy,
  CurrentPrincipal,
  pageOf,
  Roles,
  rowPosition,
  type Page,
  type Principal,
} from '@pfi/platform-http';
import { recordAccess, TenantAudit } from '@pfi/platform-service';
import { Database } from '@pfi/platform-postgres';
import type { Response } from 'express';
import { z } from 'zod';
import { mailedPdf } from '../deliveries/mailed-pdf.js';
import { documentUnknown, OperatorActions } from '../deliveries/operator-actions.js';
import { accessed, type DocumentRecord } from '../deliveries/records.js';
import { DocumentRepository } from '../persistence/document.repository.js';
import { findDocument, searchDocuments } from '../persistence/document-search.js';
import { documentView } from './document.view.js';

const querySchema = z.strictObject({
  source: z.string().max(100).optional(),
  controlId: z.string().max(200).optional(),
  documentId: z.string().max(200).optional(),
  patient: z.uuid().optional(),
  stay: z.string().max(100).optional(),
  state: z
    .enum([
      'withdrawn',
      'abandoned',
      'parked',
      'held',
      'in-delivery',
      'delivered',
      'partly-delivered',
      'refused',
      'not-sent',
    ])
    .optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const abandonSchema = z.strictObject({ reason: z.string().trim().min(3).max(500) });

type DocumentView = ReturnType<typeof documentView>;

/** What became of each document, and what an operator may do about it. */
@Controller('api/documents/v1/documents')
export class DocumentsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DocumentRepository) private readonly repository: DocumentRepository,
    @Inject(OperatorActions) private readonly actions: OperatorActions,
    @Inject(ContentStore) private readonly contents: ContentStore,
    @Inject(TenantAudit) private readonly audit: TenantAudit,
  ) {}

  @Get()
  @Roles('reader', 'operator')
  async list(
    @Query({ schema: querySchema }) query: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
    @CallersCopy() copy: HeldCopy,
  ): Promise<Page<DocumentView>> {
    const { cursor, limit, ...filter } = query;
    const after = rowPosition(cursor);
    return this.database.transaction(principal.scopes, async (tx) => {
      const documents = await searchDocuments(tx, filter, { limit: limit + 1, ...(after ? { after } : {}) });
      const { items, next } = pageOf(documents, limit, (document) => ({
        at: document.receivedAt.toISOString(),
        id: document.id,
      }));
      const ids = items.map((document) => document.id);
      const deliveries = Map.groupBy(await this.repository.deliveriesOf(tx, ids), (delivery) => delivery.documentId);
      const timeline = Map.groupBy(await this.repository.timelineOf(tx, ids), (entry) => entry.documentId);
      const neighbours = await this.repository.neighbours(tx, items);
      const page = {
        items: items.map((document) =>
          documentView(
            document,
            deliveries.get(document.id) ?? [],
            timeline.get(document.id) ?? [],
            neighbours.get(document.id),
          ),
        ),
        next,
      };
      const details = Object.keys(filter).sort();
      if (!copy.is(page))
        await recordAccess(tx, principal, { action: 'document-search', accessed: items.map(accessed), details });
      return page;
    });
  }

  @Get(':id')
  @Roles('reader', 'operator')
  async one(
    @Param('id', ParseUUIDPipe) id: string,
    @CurrentPrincipal() principal: Principal,
    @CallersCopy() copy?: HeldCopy,
  ): Promise<DocumentView> {
    const view = await this.database.transaction(principal.scopes, async (tx) => {
      const document = await findDocument(tx, id);
      if (!document) return undefined;
      const shown = documentView(
        document,
        await this.repository.deliveriesOf(tx, [id]),
        await this.repository.timelineOf(tx, [id]),
        (await this.repository.neighbours(tx, [document])).get(id),
      );
      if (!copy?.is(shown))
        await recordAccess(tx, principal, { action: 'document-read', accessed: [accessed(document)] });
      return shown;
    });
    return view ?? this.unknown(id, principal, 'document-read');
  }

  /** Bytes as received. */
  @Get(':id/content')
  @Roles('reader', 'operator')
  async content(
    @Param('id', ParseUUIDPipe) id: string,
    @CurrentPrincipal() principal: Principal,
    @Res() response: Response,
  ): Promise<void> {
    const document = await this.opened(id, principal, 'document-content');
    const { pieces } = await this.contents.stream([document.owner], document.owner, document.contentSha256);
    response.setHeader('content-type', document.contentMediaType);
    response.setHeader('content-disposition', `attachment; filename="${fileName(document)}"`);
    await pipeline(pieces, response);
  }

  /** The document as a person reads it: the PDF received or inside the CDA, else one drawn from the CDA. */
  @Get(':id/rendition')
  @Roles('reader', 'operator')
  async rendition(
    @Param('id', ParseUUIDPipe) id: string,
    @CurrentPrincipal() principal: Principal,
    @Res() response: Response,
  ): Promise<void> {
    const document = await this.opened(id, principal, 'document-pdf');
    const received = await this.contents.read([document.owner], document.owner, document.contentSha256);
    response.setHeader('content-type', 'application/pdf');
    response.setHeader('content-disposition', `inline; filename="${document.id}.pdf"`);
    response.setHeader('cache-control', 'private, no-store');
    response.end(await pdfOf(document, received));
  }

  @Post(':id/replay')
  @HttpCode(202)
  @Roles('operator')
  async replay(
    @Param('id', ParseUUIDPipe) id: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DocumentView> {
    await this.known(id, principal, 'replay', this.actions.replay(principal, id));
    return this.one(id, principal);
  }

  @Post(':id/abandon')
  @HttpCode(202)
  @Roles('operator')
  async abandon(
    @Param('id', ParseUUIDPipe) id: string,
    @Body({ schema: abandonSchema }) body: z.output<typeof abandonSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DocumentView> {
    await this.known(id, principal, 'abandon', this.actions.abandon(principal, id, body.reason));
    return this.one(id, principal);
  }

  /** What has not left is cancelled; what left is deleted in the DMP and withdrawn by mail. */
  @Post(':id/withdraw')
  @HttpCode(202)
  @Roles('operator')
  async withdraw(
    @Param('id', ParseUUIDPipe) id: string,
    @Body({ schema: abandonSchema }) body: z.output<typeof abandonSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DocumentView> {
    await this.known(id, principal, 'withdraw', this.actions.withdraw(principal, id, body.reason));
    return this.one(id, principal);
  }

  /** The trace is committed before the first byte is read. */
  private async opened(id: string, principal: Principal, action: string): Promise<DocumentRecord> {
    const document = await this.database.transaction(principal.scopes, async (tx) => {
      const found = await findDocument(tx, id);
      if (found) await recordAccess(tx, principal, { action, accessed: [accessed(found)] });
      return found;
    });
    return document ?? this.unknown(id, principal, action);
  }

  private async known(id: string, principal: Principal, action: string, done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch (error) {
      if (!(error instanceof PfiError) || error.code !== 'DOCUMENT_UNKNOWN') throw error;
      await this.unknown(id, principal, action);
    }
  }

  private async unknown(id: string, principal: Principal, action: string): Promise<never> {
    await this.audit.missed(
      principal,
      { action, kind: 'document', id },
      async (tx) => (await findDocument(tx, id))?.owner,
    );
    throw documentUnknown();
  }
}

/** Raises RENDITION_IMPOSSIBLE. */
async function pdfOf({ contentMediaType }: DocumentRecord, received: Buffer): Promise<Buffer> {
  if (contentMediaType === 'application/pdf') return received;
  try {
    return (await mailedPdf(received)).bytes;
  } catch (error) {
    if (!(error instanceof CdaFault)) throw error;
    throw new PfiError(
      'RENDITION_IMPOSSIBLE',
      'not-found',
      'Ce document n’a pas de PDF et ne peut pas être mis en page : télécharger le document reçu.',
      { cause: error },
    );
  }
}

const fileName = (document: DocumentRecord): string =>
  `${document.id}.${document.contentMediaType === 'application/pdf' ? 'pdf' : 'xml'}`;
