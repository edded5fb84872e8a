import type { Coded, Ins, PatientTraits } from '@pfi/health';
import type { InstanceIdentifier, PatientIdentifier, PersonName, RelatedDocument } from './cda.model.js';

export interface N1Organisation {
  /** National structure id, e.g. root `1.2.250.1.71.4.2.2`, extension `1` + FINESS. */
  readonly id: InstanceIdentifier;
  readonly name: string;
}

export interface N1Professional {
  /** National professional id, e.g. root `1.2.250.1.71.4.2.1`, extension `8` + RPPS. */
  readonly id: InstanceIdentifier;
  readonly name: PersonName;
  /** Profession and speciality (`G15_10/SM26`, code system 1.2.250.1.213.1.1.4.5). */
  readonly code?: Coded;
  /** Default: the custodian. */
  readonly organisation?: N1Organisation;
  /** Raw HL7 time stamp. Default: `effectiveTime` of the document. */
  readonly time?: string;
}

/** Everything that a CI-SIS level 1 document says. Time stamps are raw HL7 (`20250102101500+0100`). */
export interface CdaN1Input {
  /** OID of the document, without extension. */
  readonly id: string;
  readonly setId: string;
  readonly version: number;
  readonly typeCode: Coded;
  /** At most 128 characters. */
  readonly title: string;
  readonly effectiveTime: string;
  /** Default: `N`, Normal. */
  readonly confidentiality?: Coded;
  readonly patient: {
    /** Absent for a document that leaves without INS. */
    readonly ins?: Ins;
    readonly localIds: readonly PatientIdentifier[];
    readonly traits: PatientTraits;
  };
  readonly author: N1Professional;
  /** Default: the author. */
  readonly legalAuthenticator?: N1Professional;
  readonly custodian: N1Organisation;
  readonly serviceEvent: {
    readonly code?: Coded;
    readonly start: string;
    readonly stop?: string;
    /** Default: the author. */
    readonly performer?: N1Professional;
  };
  /** Default: `ETABLISSEMENT`. */
  readonly practiceSetting?: Coded;
  readonly encounter: {
    readonly id?: InstanceIdentifier;
    readonly code?: Coded;
    readonly start: string;
    readonly stop?: string;
  };
  /** `healthCareFacility/code`, e.g. SA01 in 1.2.250.1.71.4.2.4. */
  readonly facilityType: Coded;
  readonly relatedDocument?: RelatedDocument;
  readonly pdf: Buffer;
}
