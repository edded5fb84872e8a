import type { SenderFeedback, SteeringFlags } from '@pfi/documents-core';
import type { ZamKind } from '@pfi/hl7v2';
import type { JobQueue, Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { DeliveryRecord, DocumentRecord } from '../deliveries/records.js';

export const ZAM_QUEUE = 'zam';

/** What a ZAM job holds: no trait, no INS, no address. */
export interface ZamJob {
  readonly documentId: string;
  readonly kind: ZamKind;
  /** Of the mail that is told of, whose recipient is read when the message is built. */
  readonly deliveryId: string;
  readonly source: string;
  readonly controlId: string;
  readonly feedback: SenderFeedback;
}

/** An outcome that the sender may want to hear of. */
export interface Told {
  readonly document: DocumentRecord;
  readonly delivery: Pick<DeliveryRecord, 'id' | 'channel' | 'operation'>;
  readonly feedback: SenderFeedback;
  /** The mail was read. */
  readonly read?: boolean;
}

/** Queues the business acknowledgements that a sender asked for (ACK_RECEPTION, ACK_LECTURE_MSS, design D15). */
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
      wanted.map(({ document, delivery, feedback, asker: { kind, source, controlId, mark } }) => ({
        owner: document.owner,
        queue: ZAM_QUEUE,
        // The same outcome said twice is one message; another outcome, or that of another mail, is another message.
        key: `${kind === 'Z01' ? document.id : `${delivery.id}:${kind}`}:${mark}${feedback.positive ? 'Y' : `N:${feedback.system}:${feedback.code}`}`,
        orderingKey: document.id,
        payload: {
          documentId: document.id,
          kind,
          deliveryId: delivery.id,
          source,
          controlId,
          feedback,
        } satisfies ZamJob,
        ...(document.traceparent ? { traceparent: document.traceparent } : {}),
      })),
    );
  }
}

/** Whose message is answered, that of the document or that of its withdrawal, by which acknowledgement. */
function askerOf({ document, delivery, read }: Told) {
  const kind: ZamKind = delivery.channel === 'dmp' ? 'Z01' : read ? 'Z03' : 'Z02';
  const { withdrawal, source, controlId, flags } = document;
  const asked = ({ ackReception, ackLecture }: SteeringFlags) => (kind === 'Z03' ? ackLecture : ackReception) ?? false;
  if (delivery.operation === 'withdraw' && withdrawal)
    return { kind, source: withdrawal.source, controlId: withdrawal.controlId, wanted: asked(withdrawal), mark: 'W:' };
  return { kind, source, controlId, wanted: asked(flags), mark: '' };
}
