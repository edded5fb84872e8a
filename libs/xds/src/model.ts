/** A coded value: code, OID or scheme of its system, label. */
export interface XdsCode {
  readonly code: string;
  readonly system: string;
  readonly label: string;
}

/** A patient identifier (HL7 v2 CX): the matricule INS and its OID, or a local id and the OID of its authority. */
export interface XdsPatientId {
  readonly value: string;
  readonly oid: string;
  /** CX.5: `NH` for the INS (default), `PI` for a local id, where no INS may be said. */
  readonly idType?: 'NH' | 'PI';
}

/** A person. `idType` `RPPS` (11 digits) is written as national id `8` + RPPS of type `IDNPS`; other types are written as they are. */
export interface XdsPerson {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly idType: string;
  readonly idAuthority: string;
}

/** A structure. `idType` `FINEJ` or `FINEG` (9 characters) is written as national id `1` + FINESS of type `IDNST`. */
export interface XdsOrganisation {
  readonly id: string;
  readonly name: string;
  readonly idType: string;
}

export interface XdsAuthor {
  readonly person: XdsPerson | null;
  /** Name of the device, when no person is the author. */
  readonly device: string | null;
  readonly organisation: XdsOrganisation | null;
  readonly speciality: XdsCode | null;
}

/** Metadata of one document (ebRIM ExtrinsicObject). Times are XDS DTM in UTC, `YYYYMMDDhhmmss` or a shorter prefix. */
export interface DocumentEntry {
  /** `urn:uuid:…`, fixed by the submitter. */
  readonly entryUuid: string;
  /** A pure OID. */
  readonly uniqueId: string;
  readonly mimeType: string;
  readonly title: string;
  /** SHA-1 of the document, 40 lower-case hexadecimal digits; null when the submitter gave none. */
  readonly hash: string | null;
  /** bytes; null when the submitter gave none */
  readonly size: number | null;
  readonly languageCode: string;
  readonly creationTime: string;
  readonly serviceStartTime: string | null;
  readonly serviceStopTime: string | null;
  readonly patientId: XdsPatientId;
  readonly sourcePatientId: XdsPatientId | null;
  /** `PID-5|…`, `PID-7|…`, `PID-8|…` as built by `sourcePatientInfo`. */
  readonly sourcePatientInfo: readonly string[];
  readonly legalAuthenticator: XdsPerson | null;
  readonly authors: readonly XdsAuthor[];
  readonly classCode: XdsCode;
  readonly typeCode: XdsCode;
  readonly formatCode: XdsCode;
  readonly confidentialityCodes: readonly XdsCode[];
  readonly eventCodes: readonly XdsCode[];
  readonly healthcareFacilityTypeCode: XdsCode;
  readonly practiceSettingCode: XdsCode;
  /** `ebRIM` version of the entry, when given. */
  readonly version: string | null;
  /** Name of the document's file, in an archive (IHE XDM). */
  readonly uri?: string;
  /** Extra metadata: slots by name. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Metadata of a submission (ebRIM RegistryPackage). */
export interface SubmissionSet {
  /** `urn:uuid:…`. */
  readonly entryUuid: string;
  /** A pure OID. A registry takes it once: a second submission gets XDSDuplicateUniqueIdInRegistry. */
  readonly uniqueId: string;
  /** OID of the sender. */
  readonly sourceId: string;
  readonly patientId: XdsPatientId;
  /** XDS DTM, UTC. */
  readonly submissionTime: string;
  readonly contentType: XdsCode;
  readonly author: XdsAuthor;
}

export interface SubmittedDocument {
  readonly entry: DocumentEntry;
  /** The bytes as they leave, never re-encoded. */
  readonly content: Buffer;
}

/** "This new entry replaces that registered one" (association RPLC), both by entryUUID. */
export interface Replacement {
  readonly newEntryUuid: string;
  readonly oldEntryUuid: string;
}

export interface Submission {
  readonly submissionSet: SubmissionSet;
  readonly documents: readonly SubmittedDocument[];
  readonly replacements?: readonly Replacement[];
  /** The XAdES document that signs the submission set (association `signs`). */
  readonly signature?: SubmittedDocument;
}

/** WS-Addressing and security of a request. */
export interface RequestEnvelope {
  /** `urn:uuid:…`, new for each attempt. */
  readonly messageId: string;
  /** URL of the service. */
  readonly to: string;
  /** A signed SAML assertion as returned by `buildVihf`; left out when null. */
  readonly assertion: string | null;
}

/** An HTTP body ready to be written: send the buffers in order, `contentLength` bytes in all. */
export interface HttpBody {
  readonly contentType: string;
  readonly contentLength: number;
  readonly body: readonly Buffer[];
}

/** What the SOAP header of a received request says. */
export interface ReceivedHeader {
  readonly messageId: string | null;
  readonly action: string | null;
  readonly to: string | null;
  /** The SAML assertion with every namespace it needs, to be given to `verifyVihf`; not yet verified. */
  readonly assertion: string | null;
}

export interface RegistryError {
  readonly errorCode: string;
  readonly codeContext: string;
  readonly severity: 'Error' | 'Warning';
  readonly location: string | null;
}

export type RegistryStatus = 'Success' | 'Failure' | 'PartialSuccess';

/** A SOAP 1.2 fault: local names without prefix (`Sender`, `DMPInvalidCertificate`). */
export interface SoapFault {
  readonly kind: 'fault';
  readonly code: string;
  readonly subcodes: readonly string[];
  readonly reason: string;
}

export interface RegistryResponse {
  readonly kind: 'response';
  readonly status: RegistryStatus;
  readonly errors: readonly RegistryError[];
}

export type StoredQuery =
  | { readonly kind: 'get-documents-by-unique-id'; readonly uniqueIds: readonly string[] }
  | { readonly kind: 'get-documents-by-entry-uuid'; readonly entryUuids: readonly string[] }
  | {
      readonly kind: 'find-documents';
      readonly patientId: XdsPatientId;
      readonly statuses: readonly AvailabilityStatus[];
      /** XDS DTM, UTC. */
      readonly createdFrom?: string;
      readonly createdTo?: string;
    };

/** A registered entry that passes from one status to another: `Approved`, `Archived`, `Deleted`. */
export interface StatusChange {
  readonly entryUuid: string;
  readonly from: string;
  readonly to: string;
}

export type AvailabilityStatus = 'Approved' | 'Deprecated';

/** An entry as a registry gives it back in a LeafClass answer. */
export interface RegisteredEntry {
  readonly entryUuid: string;
  readonly uniqueId: string;
  readonly hash: string | null;
  readonly size: number | null;
  /** `Approved`, `Deprecated`, `Archived`, `Deleted`, or the full URN of another status. */
  readonly status: string;
  readonly patientId: string;
  readonly repositoryUniqueId: string | null;
}

export interface StoredQueryResponse extends RegistryResponse {
  readonly entries: readonly RegisteredEntry[];
}
