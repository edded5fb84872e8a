import type { Coded, Ins, PatientTraits } from '@pfi/health';

/** A doubt that does not refuse the message. */
export interface Hl7Warning {
  /** Stable UPPER_SNAKE code. */
  code: string;
  /** French, for an operator. */
  textFr: string;
}

/** HD: namespace and universal id as the sender wrote them; either may be empty. */
export interface AssigningAuthority {
  name: string;
  oid: string;
}

/** CX */
export interface PatientIdentifier {
  authority: AssigningAuthority;
  value: string;
  /** CX.5, HL7 table 0203. */
  type: string;
}

export interface InsProblem {
  code: 'INS_INVALID';
  textFr: string;
}

/** PID */
export interface MessagePatient {
  /** PID-3 without the INS. */
  identifiers: PatientIdentifier[];
  /** The INS of PID-3, key and OID checked. */
  ins?: Ins;
  /** Why the INS of PID-3 is ignored (ADT only; fatal in a document message). */
  insProblem?: InsProblem;
  traits: PatientTraits;
  /** PID-32, identity reliability codes (`VALI`, `PROV`, `FICT`…). */
  pid32: string[];
  /** PID-18 */
  accountNumber?: PatientIdentifier;
  /** PID-29 as `YYYY-MM-DD`; `unknown-day` when PID-30 = Y alone says the death; null when PID-30 = N denies it; absent = not said. */
  deceasedOn?: string | null;
}

/** PV1. Without a number (PV1-19) the account number of the patient names the stay. */
export interface Visit {
  number?: string;
  /** Assigning authority of the number. */
  authority?: AssigningAuthority;
  /** PV1-2: `E`, `I`, `O`, `R`, `N`… */
  patientClass: string;
  /** PV1-3.1 */
  unit?: string;
  /** PV1-44 */
  admittedAt?: Date;
  /** PV1-36 */
  dischargeDisposition?: string;
  /** PV1-45 */
  endedAt?: Date;
}

/** XON of a unit: code (component 10, else 3) and label. */
export interface MedicalUnit {
  code: string;
  label: string;
}

/** ZBE */
export interface Movement {
  id?: { value: string; authority: AssigningAuthority };
  /** ZBE-2 */
  at?: Date;
  action: 'INSERT' | 'UPDATE' | 'CANCEL';
  /** ZBE-5 */
  historic: boolean;
  /** ZBE-6, the event that an UPDATE or CANCEL changes. */
  originalEvent?: string;
  medicalUnit?: MedicalUnit;
  nursingUnit?: MedicalUnit;
  /** ZBE-9 */
  nature?: string;
}

/** ZFM */
export interface PmsiModes {
  /** ZFM-2 */
  exit?: string;
}

/** MRG: the identity that disappears. */
export interface MergedPatient {
  identifiers: PatientIdentifier[];
  ins?: Ins;
  accountNumber?: PatientIdentifier;
}

/** ZFA */
export interface DmpConsent {
  /** ZFA-1 */
  dmpStatus?: string;
  dmpStatusAt?: Date;
  /** ZFA-9: IO opposed to deposit, INO not opposed, NA not collected. */
  opposition?: 'IO' | 'INO' | 'NA';
  oppositionAt?: Date;
  /** ZFA-11: IC consents to consultation, INC does not, NA not collected. */
  consultation?: 'IC' | 'INC' | 'NA';
  consultationAt?: Date;
}

/** ZFD */
export interface IdentityComplement {
  /** ZFD-4 */
  birthDateCorrected?: boolean;
  /** ZFD-5: SM, CV, INSI, CB, RFID, AV. */
  obtainedBy?: string;
  /** ZFD-6, YYYYMMDD as written. */
  insiCalledOn?: string;
  /** ZFD-7: AN, CC, CE, CM, CN, CS, LE, PA, PC, TC. */
  proof?: string;
  /** ZFD-8, YYYYMMDD as written. */
  proofEndsOn?: string;
}

/** XCN */
export interface Person {
  /** As the source gave it (`8` + RPPS, RPPS…). */
  id: string;
  family: string;
  given: string;
  /** XCN.13: `RPPS`, `IDNPS`, `ADELI`, `EI`… */
  idType: string;
  /** OID of the assigning authority. */
  idAuthority: string;
}

/** XON */
export interface Organisation {
  id: string;
  name: string;
  /** XON.7: `FINEJ`, `FINEG`, `IDNST`, `UF`… */
  idType: string;
}

/** PRT SB */
export interface Sender {
  person?: Person;
  organisation?: Organisation;
  /** PRT-10.1 */
  device?: string;
}

/** PRT RCT */
export interface Recipient {
  kind: 'professional' | 'patient' | 'organisation' | 'application';
  person?: Person;
  organisation?: Organisation;
  /** PRT-10.1 */
  application?: string;
  /** PRT-15.4, MSSanté address, as written. */
  address?: string;
}

/** Steering metadata; undefined = the source does not say. */
export interface DocumentFlags {
  masquePs?: boolean;
  invisiblePatient?: boolean;
  invisibleRepLegaux?: boolean;
  connexionSecrete?: boolean;
  modifConfCode?: boolean;
  destDmp?: boolean;
  destMssPs?: boolean;
  destMssPat?: boolean;
  ackReception?: boolean;
  ackLecture?: boolean;
  /** NTE-4 `FIN` under DESTMSSANTEPAT: the patient may not reply. */
  finMes?: boolean;
}

/** TXA-12, TXA-13 */
export interface DocumentReference {
  root: string;
  extension?: string;
}

export type DocumentKind = 'initial' | 'replace' | 'delete';

/** What an MDM or an ORU says about one document, whichever side writes it. */
export interface DocumentContent {
  kind: DocumentKind;
  typeCode: Coded;
  /** The CDA, bytes as the author made them. */
  cda: Buffer;
  patient: MessagePatient;
  visit?: Visit;
  sender?: Sender;
  recipients: Recipient[];
  /** PRT REPLY */
  replyTo?: string;
  flags: DocumentFlags;
  /** Mail bodies. */
  bodies: { ps?: string; patient?: string };
}
