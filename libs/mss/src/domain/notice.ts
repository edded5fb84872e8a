/** What a delivery notice says of the one recipient of a mail (RFC 3464). */
export interface DeliveryReport {
  readonly kind: 'delivery';
  /** ENVID, which is the delivery id; null when the operator gave none back. */
  readonly deliveryId: string | null;
  /** Message-ID of the mail it speaks of, from what was returned of it. */
  readonly messageId: string | null;
  readonly action: 'delivered' | 'relayed' | 'expanded' | 'delayed' | 'failed';
  /** RFC 3463 */
  readonly status: string | null;
  /** Three digits of the answer of the recipient's server, when told. */
  readonly code: string | null;
  /** Without addresses. */
  readonly text: string | null;
}

/** A read notice (RFC 8098). */
export interface ReadReport {
  readonly kind: 'read';
  readonly deliveryId: null;
  readonly messageId: string | null;
  /** `displayed`, `processed`, `dispatched`, `deleted`, `denied`…, in lower case. */
  readonly disposition: string;
  /** The disposition has a modifier `error` or `failed`. */
  readonly failed: boolean;
  /** When the notice was written; null when it does not say. */
  readonly at: Date | null;
}

export type Notice = DeliveryReport | ReadReport;
