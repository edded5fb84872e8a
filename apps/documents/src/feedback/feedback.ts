import type { DepositFeedback } from '@pfi/documents-core';
import type { JobQueue, Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { DeliveryRecord, DocumentRecord } from '../deliveries/records.js';

export const ZAM_QUEUE = 'zam';

/** What a ZAM job holds: no trait, no INS. */
export interface ZamJob {
  readonly documentId: string;
  readonly source: string;
  readonly controlId: string;
  readonly feedback: DepositFeedback;
}

/** An outcome that the sender may want to hear of. */
export interface Told {
  readonly document: DocumentRecord;
  readonly delivery: Pick<DeliveryRecord, 'operation'>;
  readonly feedback: DepositFeedback;
}

/** Queues the business acknowledgements that a sender asked for (ACK_RECEPTION = Y, design D15). */
export class Feedback {
  constructor(
    private readonly jobs: JobQueue,
    private readonly ght: Ght,
  ) {}

  async enqueue(tx: Tx, told: readonly Told[]): Promise<void> {
    const wanted = told.flatMap((one) => {
      const asker = askerOf(one);
      return asker.wanted && this.ght.sourceByKey(asker.source)?.returnAddress ? [{ ...one, asker }] : [];
    });
    await this.jobs.enqueue(
      tx,
      wanted.map(({ document, feedback, asker: { source, controlId, mark } }) => ({
        owner: document.owner,
        queue: ZAM_QUEUE,
        // The same outcome said twice is one message; another outcome of the same document is another message.
        key: `${document.id}:${mark}${feedback.positive ? 'Y' : `N:${feedback.system}:${feedback.code}`}`,
        orderingKey: document.id,
        payload: { documentId: document.id, source, controlId, feedback } satisfies ZamJob,
        ...(document.traceparent ? { traceparent: document.traceparent } : {}),
      })),
    );
  }
}

/** Whose message is answered: that of the document, or that of its withdrawal. */
function askerOf({ document, delivery }: Told) {
  const { withdrawal } = document;
  if (delivery.operation === 'withdraw' && withdrawal)
    return { ...withdrawal, wanted: withdrawal.ackReception, mark: 'W:' };
  const { source, controlId, flags } = document;
  return { source, controlId, wanted: flags.ackReception ?? false, mark: '' };
}
