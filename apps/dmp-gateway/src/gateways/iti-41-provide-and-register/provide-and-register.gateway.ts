import { randomUUID } from 'node:crypto';
import type { DmpClaim } from '@pfi/contracts';
import type { DmpAnswer } from '@pfi/dmp-core';
import type { Ght } from '@pfi/platform-settings';
import { withSpan } from '@pfi/platform-telemetry';
import { buildProvideAndRegister } from '@pfi/xds';
import type { Intent, Submission } from '../../persistence/submission.repository.js';
import type { DmpConnections } from '../dmp-connection.js';
import { registryAnswer } from '../registry-answer.js';
import { vihfOf } from '../vihf.js';
import { toXdsSubmission } from './submission.mapper.js';

/** ITI-41 Provide and Register Document Set-b: the deposit TD2.1 with indirect authentication. */
export class ProvideAndRegister {
  constructor(
    private readonly ght: Ght,
    private readonly connections: DmpConnections,
  ) {}

  /**
   * One attempt, ready to leave: signed, and good for five minutes. What is returned sends it and does not raise.
   * Raises CERTIFICATE_UNREADABLE, CLOCK_OFF.
   */
  prepare(submission: Submission, claim: DmpClaim, intent: Intent, content: Buffer): () => Promise<DmpAnswer> {
    const channel = this.connections.of(claim.legalEntity);
    const { repositoryUrl } = this.connections.endpoints;
    const assertion = vihfOf(
      this.ght,
      claim.legalEntity,
      channel.signer,
      intent.sent,
      claim.submission.secretConnection,
    );
    const request = buildProvideAndRegister(toXdsSubmission(this.ght, submission, claim, intent, content), {
      messageId: `urn:uuid:${randomUUID()}`,
      to: repositoryUrl,
      assertion,
    });
    const attributes = {
      'pfi.owner': submission.owner,
      'pfi.delivery.id': submission.deliveryId,
      'pfi.document.id': submission.documentId,
      'pfi.attempt': submission.attempts + 1,
      'pfi.message.bytes': content.length,
    };
    return () =>
      withSpan('gateway iti-41', { kind: 'client', attributes }, async (span) => {
        const exchange = await channel.post(repositoryUrl, request);
        const answer = registryAnswer(exchange);
        span.set({ 'pfi.outcome': answer.kind === 'response' ? answer.status : answer.kind });
        return answer;
      });
  }
}
