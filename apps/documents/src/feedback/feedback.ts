import type { DepositFeedback } from '@pfi/documents-core';
import type { JobQueue, Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { DocumentRecord } from '../deliveries/records.js';

export const ZAM_QUEUE = 'zam';

/** What a ZAM job holds: no trait, no INS. */
export interface ZamJob {
  readonly documentId: string;
  readonly source: string;
  readonly controlId: string;
  readonly feedback: DepositFeedback;
}

/** Queues the business acknowledgements that a sender asked for (ACK_RECEPTION = Y, design D15). */
export class Feedback {
  constructor(
    private readonly jobs: JobQueue,
    private readonly ght: Ght,
  ) {}

  async enqueue(
    tx: Tx,
    told: readonly { readonly document: DocumentRecord; readonly feedback: DepositFeedback }[],
  ): Promise<void> {
    const wanted = told.filter(
      ({ document }) => document.flags.ackReception && this.ght.sourceByKey(document.source)?.returnAddress,
    );
    await this.jobs.enqueue(
      tx,
      wanted.map(({ document, feedback }) => ({
        owner: document.owner,
        queue: ZAM_QUEUE,
        // The same outcome said twice is one message; another outcome of the same document is another message.
        key: `${document.id}:${feedback.positive ? 'Y' : `N:${feedback.system}:${feedback.code}`}`,
        orderingKey: document.id,
        payload: {
          documentId: document.id,
          source: document.source,
          controlId: document.controlId,
          feedback,
        } satisfies ZamJob,
        ...(document.traceparent ? { traceparent: document.traceparent } : {}),
      })),
    );
  }
}
