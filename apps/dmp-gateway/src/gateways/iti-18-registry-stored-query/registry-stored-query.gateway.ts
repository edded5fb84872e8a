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
  | { readonly kind: 'answered'; readonly entries: readonly FoundEntry[] }
  | { readonly kind: 'unanswered'; readonly code: string };

/** ITI-18 Registry Stored Query (TD3.1), GetDocuments by uniqueId: is our document there? */
export class RegistryStoredQuery {
  constructor(
    private readonly ght: Ght,
    private readonly connections: DmpConnections,
  ) {}

  /** Raises CERTIFICATE_UNREADABLE. */
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
    if (exchange.kind !== 'answered') return { kind: 'unanswered', code: exchange.code };
    try {
      const answer = parseStoredQueryResponse(exchange.contentType, exchange.body);
      if (answer.kind === 'fault') return { kind: 'unanswered', code: answer.subcodes.at(-1) ?? answer.code };
      // A failed query says nothing about what is there: only a success may count as "not found".
      if (answer.status !== 'Success') return { kind: 'unanswered', code: answer.errors[0]?.errorCode ?? 'QUERY_FAILED' };
      return { kind: 'answered', entries: answer.entries };
    } catch (error) {
      if (!(error instanceof XdsFault)) throw error;
      return { kind: 'unanswered', code: 'ANSWER_UNREADABLE' };
    }
  }
}
