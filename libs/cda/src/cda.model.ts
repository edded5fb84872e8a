import type { Coded, Ins, PatientTraits } from '@pfi/health';

/** HL7 `II`. The DMP wants no extension on a document id. */
export interface InstanceIdentifier {
  readonly root: string;
  readonly extension?: string;
}

export interface PatientIdentifier {
  readonly root: string;
  readonly extension: string;
}

export interface PersonName {
  readonly family: string;
  readonly given: string;
  readonly prefix?: string;
  readonly suffix?: string;
}

export interface Organisation {
  readonly ids: readonly InstanceIdentifier[];
  readonly name?: string;
  /** `standardIndustryClassCode`. */
  readonly practiceSetting?: Coded;
}

/** Someone (or a device) who acts on the document. `time` is the raw HL7 time stamp. */
export interface Participant {
  readonly time?: string;
  readonly ids: readonly InstanceIdentifier[];
  /** Profession and speciality, e.g. `G15_10/SM26`. */
  readonly code?: Coded;
  readonly person?: PersonName;
  readonly organisation?: Organisation;
}

export interface Author extends Participant {
  readonly device?: { readonly model?: string; readonly software?: string };
}

export interface ServiceEvent {
  readonly code?: Coded;
  /** Raw HL7 time stamps. */
  readonly start?: string;
  readonly stop?: string;
  readonly performer?: Participant;
  readonly practiceSetting?: Coded;
}

export interface Encounter {
  readonly id?: InstanceIdentifier;
  readonly code?: Coded;
  /** Raw HL7 time stamps. */
  readonly start?: string;
  readonly stop?: string;
  readonly facilityType?: Coded;
  readonly facilityId?: InstanceIdentifier;
}

export interface RelatedDocument {
  /** `RPLC`, `XFRM` or `APND`. */
  readonly typeCode: string;
  readonly parentId: InstanceIdentifier;
  readonly parentSetId?: InstanceIdentifier;
  readonly parentVersion?: number;
}

export interface CdaPatient {
  /** Every `patientRole/id` that has a root and an extension, the INS included, in order. */
  readonly ids: readonly PatientIdentifier[];
  /** As written: a wrong key gives the warning `INS_INVALID`, not the absence of the INS. */
  readonly ins?: Ins;
  /** Absent texts are empty, an absent or unknown sex is `U`. */
  readonly traits: PatientTraits;
}

export interface CdaHeader {
  readonly id: InstanceIdentifier;
  readonly setId?: InstanceIdentifier;
  readonly versionNumber?: number;
  readonly code: Coded;
  readonly title: string;
  /** Raw HL7 time stamp; empty when the document has none. */
  readonly effectiveTime: string;
  /** Europe/Paris when the time stamp has no zone; null when it is absent or unreadable. */
  readonly effectiveAt: Date | null;
  readonly languageCode: string;
  readonly confidentiality: Coded;
  readonly templateIds: readonly InstanceIdentifier[];
  readonly patient: CdaPatient;
  readonly authors: readonly Author[];
  readonly custodian?: Organisation;
  readonly legalAuthenticator?: Participant;
  /** In document order; the first is the main one. */
  readonly serviceEvents: readonly ServiceEvent[];
  readonly encounter?: Encounter;
  readonly relatedDocument?: RelatedDocument;
  /** Codes of the service events (XDS `eventCodeList`). */
  readonly eventCodes: readonly Coded[];
}

export interface CdaWarning {
  readonly code: string;
  readonly textFr: string;
}

export interface CdaDocument {
  /** `N1`: nonXMLBody; `N3`: structuredBody. */
  readonly level: 'N1' | 'N3';
  readonly header: CdaHeader;
  /** What the CI-SIS asks for and the document lacks, without making it unusable. */
  readonly warnings: readonly CdaWarning[];
}
