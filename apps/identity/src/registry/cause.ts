/** Why something changed: the message or document behind it. */
export interface Cause {
  /** `A31`, `A40`… or `identity-vouched`. */
  readonly event: string;
  /** Key of the source in the GHT file. */
  readonly source: string;
  /** In the journal of this service; null when the cause is an event of another one. */
  readonly messageId: string | null;
  readonly at: Date;
  readonly traceparent: string | undefined;
}
