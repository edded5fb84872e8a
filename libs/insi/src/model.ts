import type { Ins } from '@pfi/health';

/** What the INSi service is asked for: `RECSANSVITALE` (service ServiceIdentiteCertifiee-v1, namespace INSiRecSans). */
export interface InsiSearch {
  readonly birthName: string;
  /** One at least. */
  readonly givenNames: readonly string[];
  readonly sex: 'M' | 'F';
  /** YYYY-MM-DD */
  readonly birthDate: string;
  /** INSEE COG code of the birth place. */
  readonly birthPlace?: string;
}

/** Who asks, in the headers ContexteLPS and ContexteBAM. */
export interface InsiContext {
  /** WS-Addressing MessageID without its `uuid:`; also the id of both contexts. */
  readonly messageId: string;
  readonly at: Date;
  /** The caller, free text (FINESS of the legal entity here). */
  readonly emitter: string;
  readonly software: {
    /** Number given by the CNDA; left out when there is none yet. */
    readonly idam?: string;
    readonly name: string;
    readonly version: string;
    readonly instance: string;
  };
}

/** The identity as the national bases hold it. */
export interface InsiIdentity {
  readonly ins: Ins;
  readonly history: readonly Ins[];
  readonly traits: {
    readonly birthName: string;
    /** All birth given names, separated by spaces. */
    readonly birthGivenNames: string;
    readonly firstGivenName?: string;
    readonly sex: 'M' | 'F' | 'U';
    readonly birthDate: string;
    readonly birthPlace?: string;
  };
}

/** `RESULTAT` (CodeCR 00, 01, 02, or another one), or a SOAP fault. */
export type InsiAnswer =
  | { readonly kind: 'found'; readonly identity: InsiIdentity }
  | { readonly kind: 'none' }
  | { readonly kind: 'many' }
  | { readonly kind: 'other'; readonly code: string; readonly label: string }
  | { readonly kind: 'fault'; readonly code: string; readonly label: string };
