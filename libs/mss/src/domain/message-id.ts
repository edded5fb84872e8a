import type { Sender } from './mail-order.js';

/** Message-ID of a delivery, the same at each try. */
export const messageIdOf = (deliveryId: string, { address }: Sender): string =>
  `<${deliveryId}@${address.slice(address.lastIndexOf('@') + 1)}>`;

const OURS = /^<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@/i;

/** The delivery that a Message-ID of ours names; null for any other. */
export const deliveryIdOf = (messageId: string): string | null => OURS.exec(messageId)?.[1]?.toLowerCase() ?? null;
