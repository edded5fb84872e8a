import type { KeyObject, X509Certificate } from 'node:crypto';
import type { XdsCode, XdsPatientId } from './model.js';

export type AuthenticationMode = 'DIRECTE' | 'INDIRECTE' | 'INDIRECTE_RENFORCEE';

/** What a VIHF says (SAML 2.0 assertion of the CI-SIS). */
export interface VihfInput {
  /** `_` + UUID: a SAML id, new for each request. */
  readonly assertionId: string;
  readonly issuedAt: Date;
  /** Validity after `issuedAt`, in seconds; 5 minutes by default. It starts 5 s before, for small clock differences. */
  readonly validForSeconds?: number;
  /** VIHF_Version, `3.0` by default. */
  readonly version?: string;
  /** National id of the person (`8` + RPPS), or the structure's internal id of its user or device. */
  readonly nameId: string;
  /** Given names and family name; name of the device when no person. */
  readonly subjectName: string;
  /** One or two values of JDV_J65: profession, then speciality. */
  readonly roles: readonly XdsCode[];
  /** National id with its prefix digit (`1` + FINESS). */
  readonly structureId: string;
  /** `SA01` with its system 1.2.250.1.71.4.2.4. */
  readonly activitySector: string;
  readonly patientId: XdsPatientId;
  /** `INDIRECTE` by default. */
  readonly authenticationMode?: AuthenticationMode;
  /** Only for a secret connection: the VIHF then carries this code. */
  readonly confidentiality?: XdsCode;
  readonly software: {
    readonly name: string;
    readonly version: string;
    /** LPS_ID, optional. */
    readonly id?: string;
    /** LPS_ID_HOMOLOGATION_DMP, optional. */
    readonly approvalId?: string;
  };
}

/** Read once, kept: parsing PEM costs more than a signature. Made by `createVihfSigner`. */
export interface VihfSigner {
  /** Distinguished name of the certificate, RFC 2253. */
  readonly issuer: string;
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

/** What a verified assertion says. */
export interface Vihf {
  readonly assertionId: string;
  readonly issuer: string;
  readonly issuedAt: Date;
  readonly notBefore: Date;
  readonly notOnOrAfter: Date;
  readonly nameId: string;
  readonly subjectName: string;
  readonly roles: readonly XdsCode[];
  readonly structureId: string;
  readonly activitySector: string;
  readonly version: string;
  readonly authenticationMode: string;
  readonly patientId: XdsPatientId;
  readonly confidentiality: XdsCode | null;
  /** The certificate that signed. */
  readonly certificate: X509Certificate;
}

export interface VihfTrust {
  /** Certification authorities that may issue signing certificates. */
  readonly authorities: readonly X509Certificate[];
  readonly now: Date;
  /** Clock difference that is forgiven, in seconds; 5 by default. */
  readonly toleranceSeconds?: number;
}
