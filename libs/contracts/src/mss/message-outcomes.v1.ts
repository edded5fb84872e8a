import { z } from 'zod';
import { deliveryOutcome } from '../documents/delivery.js';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';

/** What every outcome of a mail says besides: `outcomeCode` is the three digits of the SMTP answer, or a code of ours. */
const messageOutcome = {
  ...deliveryOutcome,
  /** Message-ID with its angle brackets, constant over tries; null when no message was built. */
  messageId: z.string().nullable(),
  /** Address that the mail went to, or would have; null when none was found. */
  address: z.string().nullable(),
  /** RFC 3463 status (`5.1.1`), when one was given. */
  status: z.string().nullable(),
};

const outcome = (name: string) =>
  defineEvent({
    type: `mss.${name}.v1`,
    topic: topics.mss,
    aggregate: (payload) => payload.lineageId,
    schema: z.object(messageOutcome),
  });

/** The operator took the mail (250 after the final dot). Not yet a delivery (design D15). */
export const messageSentV1 = outcome('message-sent');
/** A delivery notice (DSN) says that the mailbox has it. */
export const messageDeliveredV1 = outcome('message-delivered');
/** The operator refused the mail for good (5xx), or the address may not be used. */
export const messageRefusedV1 = outcome('message-refused');
/** A delivery notice says that the mail, once taken, did not arrive. */
export const messageBouncedV1 = outcome('message-bounced');
/** A read notice (MDN) came back; `at` is the time of reading as far as it is known. */
export const messageReadV1 = outcome('message-read');
/** A person must act before the mail can go on. */
export const messageParkedV1 = outcome('message-parked');
