import { randomUUID } from 'node:crypto';
import type { DmpClaim } from '@pfi/contracts';
import type { DmpAnswer } from '@pfi/dmp-core';
import { submissionSetOf } from '@pfi/platform-go-ahead';
import type { Ght } from '@pfi/platform-settings';
import { withSpan } from '@pfi/platform-telemetry';
import { buildStatusUpdate } from '@pfi/xds';
import type { Intent, Submission } from '../../persistence/submission.repository.js';
import type { DmpConnections } from '../dmp-connection.js';
import { registryAnswer } from '../registry-answer.js';
import { vihfOf } from '../vihf.js';

/** TD3.3c: deletion of an entry by its entryUUID (interop §5.7). */
export class UpdateDocumentSet {
  constructor(
    private readonly ght: Ght,
    private readonly connections: DmpConnections,
  ) {}

  /** One attempt, ready to leave; what is returned sends it and does not raise. Raises CERTIFICATE_UNREADABLE, CLOCK_OFF. */
  prepareDeletion(submission: Submission, claim: DmpClaim, intent: Intent): () => Promise<DmpAnswer> {
    const channel = this.connections.of(claim.legalEntity);
    const { registryUrl } = this.connections.endpoints;
    const entryUuid = intent.targetUuid ?? '';
    const request = buildStatusUpdate(
      {
        submissionSet: submissionSetOf(this.ght, submission, claim, {
          value: claim.patient.matricule,
          oid: claim.patient.oid,
        }),
        changes: this.steps().map(([from, to]) => ({ entryUuid, from, to })),
      },
      {
        messageId: `urn:uuid:${randomUUID()}`,
        to: registryUrl,
        assertion: vihfOf(this.ght, claim.legalEntity, channel.signer, intent.sent, claim.submission.secretConnection),
      },
    );
    const attributes = {
      'pfi.owner': submission.owner,
      'pfi.delivery.id': submission.deliveryId,
      'pfi.document.id': submission.documentId,
      'pfi.attempt': submission.attempts + 1,
    };
    return () =>
      withSpan('gateway td3.3c', { kind: 'client', attributes }, async (span) => {
        const answer = registryAnswer(await channel.post(registryUrl, request));
        span.set({ 'pfi.outcome': answer.kind === 'response' ? answer.status : answer.kind });
        return answer;
      });
  }

  /** The published sample ends a deletion from `Archived`; whether the DMP wants that step is a setting. */
  private steps(): readonly (readonly [string, string])[] {
    return this.ght.file.dmp.deletion === 'direct'
      ? [['Approved', 'Deleted']]
      : [
          ['Approved', 'Archived'],
          ['Archived', 'Deleted'],
        ];
  }
}
