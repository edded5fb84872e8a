/** What the MSH segment says, decoded and trimmed; an absent field is an empty string. */
export interface MessageHeader {
  /** MSH-3.1 */
  application: string;
  /** MSH-4.1 */
  facility: string;
  /** MSH-5.1 */
  receivingApplication: string;
  /** MSH-6.1 */
  receivingFacility: string;
  /** MSH-7.1 as written (HL7 TS); see `toInstant`. */
  at: string;
  /** MSH-9.1: `ADT`, `MDM`, `ORU`, `ACK`, `ZAM`… */
  messageType: string;
  /** MSH-9.2 */
  event: string;
  /** MSH-9.3 */
  structure: string;
  /** MSH-10 */
  controlId: string;
  /** MSH-11.1: `P`, `T` or `D`. */
  processingId: string;
  /** MSH-12.1 */
  version: string;
  /** MSH-12.3, the national version (`2.11` in PAM France). */
  nationalVersion: string;
  /** MSH-18, first repetition. */
  charset: string;
  /** MSH-21 as written, for example `2.1^CISIS_CDA_HL7_V2`. */
  profile: string;
}
