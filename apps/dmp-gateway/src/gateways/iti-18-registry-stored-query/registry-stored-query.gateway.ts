import { randomUUID } from 'node:crypto';
import type { FoundEntry } from '@pfi/dmp-core';
import type { Ght } from '@pfi/platform-settings';
import { withSpan } from '@pfi/platform-telemetry';
import { buildStoredQuery, parseStoredQueryResponse, XdsFault } from '@pfi/xds';
import type { SentDocument } from '../../persistence/submission.repository.js';
import type { DmpConnections } from '../dmp-connection.js';
import { vihfOf } from '../vihf.js';

/** What a look-up gave: entries, or why there is no answer. */
export type LookUp =
  | { readonly kind: 'entries'; readonly entries: readonly FoundEntry[] }
  /** The registry answered, but not the question: it says nothing about what is there. */
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'unreached'; readonly code: string; readonly retryAfterMs?: number };

/** ITI-18 Registry Stored Query (TD3.1), GetDocuments by uniqueId: is our document there? */
export class RegistryStoredQuery {
  constructor(
    private readonly ght: Ght,
    private readonly connections: DmpConnections,
  ) {}

  /** Raises CERTIFICATE_UNREADABLE, CLOCK_OFF. */
  documentsByUniqueId(legalEntity: string, sent: SentDocument): Promise<LookUp> {
    const attributes = { 'pfi.owner': `ej:${legalEntity}` };
    return withSpan('gateway iti-18', { kind: 'client', attributes }, async (span) => {
      const found = await this.ask(legalEntity, sent);
      span.set({ 'pfi.outcome': found.kind });
      return found;
    });
  }

  private async ask(legalEntity: string, sent: SentDocument): Promise<LookUp> {
    const channel = this.connections.of(legalEntity);
    const { registryUrl } = this.connections.endpoints;
    const request = buildStoredQuery(
      { kind: 'get-documents-by-unique-id', uniqueIds: [sent.uniqueId] },
      {
        messageId: `urn:uuid:${randomUUID()}`,
        to: registryUrl,
        assertion: vihfOf(this.ght, legalEntity, channel.signer, sent, false),
      },
    );
    const exchange = await channel.post(registryUrl, request);
    if (exchange.kind !== 'answered') return { ...exchange, kind: 'unreached' };
    try {
      const answer = parseStoredQueryResponse(exchange.contentType, exchange.body);
      if (answer.kind === 'fault') return { kind: 'failed', code: answer.subcodes.at(-1) ?? answer.code };
      // Only a full success may count as "not found".
      if (exchange.status !== 200 || answer.status !== 'Success')
        return { kind: 'failed', code: answer.errors[0]?.errorCode ?? 'QUERY_FAILED' };
      return { kind: 'entries', entries: answer.entries };
    } catch (error) {
      if (!(error instanceof XdsFault)) throw error;
      return { kind: 'unreached', code: exchange.status === 200 ? 'ANSWER_UNREADABLE' : `HTTP_${exchange.status}` };
    }
  }
}
