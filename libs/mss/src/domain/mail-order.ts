import type { PatientTraits } from '@pfi/health';

/** What one mail needs to know of its delivery; the go-ahead of the documents service has this shape. */
export interface MailOrder {
  readonly deliveryId: string;
  readonly channel: 'mss-pro' | 'mss-patient';
  readonly operation: 'send' | 'replace' | 'withdraw';
  readonly document: {
    readonly title: string;
    readonly type: { readonly code: string; readonly label: string };
    /** XDS DTM, UTC: `YYYYMMDDhhmmss` or a shorter prefix. */
    readonly creationTime: string;
  };
  readonly patient: {
    /** Of a qualified INS; null = the mail says no INS anywhere. */
    readonly matricule: string | null;
    readonly traits: Pick<PatientTraits, 'birthName' | 'birthGivenNames' | 'birthFirstGivenName' | 'birthDate'>;
  };
  readonly mail: {
    /** Text of the source; null = the template. */
    readonly body: string | null;
    readonly replyTo: string | null;
    /** False = `X-MSS-MES: FIN`, in mails to a patient. */
    readonly replyAllowed: boolean;
    /** Ask for a read notice. A patient cannot refuse it (interop §6.3). */
    readonly readNotice: boolean;
  };
  /** The mail that this one replaces or withdraws. */
  readonly predecessor: { readonly messageId: string } | null;
}

/** The applicative mailbox that the mail leaves from. */
export interface Sender {
  readonly address: string;
  /** ECO.2.2.7 */
  readonly displayName: string;
}

/** What differs between groups and operators (GHT file, `mss`). */
export interface MailRules {
  readonly patientDomain: string;
  readonly patientPrefix: string;
  readonly trustedDomains: readonly string[];
  readonly productNumber?: string | undefined;
  readonly bodies: { readonly professional?: string | undefined; readonly patient?: string | undefined };
}
