/** ebXML constants of IHE XDS.b (ITI TF-3 §4.2), as the DMP uses them. */
export const actions = {
  provideAndRegister: 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b',
  provideAndRegisterResponse: 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse',
  storedQuery: 'urn:ihe:iti:2007:RegistryStoredQuery',
  storedQueryResponse: 'urn:ihe:iti:2007:RegistryStoredQueryResponse',
  updateDocumentSet: 'urn:ihe:iti:2010:UpdateDocumentSet',
  fault: 'http://www.w3.org/2005/08/addressing/soap/fault',
} as const;

export const stableDocument = 'urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1';
export const submissionSetNode = 'urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd';

export const entryScheme = {
  author: 'urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d',
  classCode: 'urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a',
  confidentiality: 'urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f',
  event: 'urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4',
  format: 'urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d',
  facilityType: 'urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1',
  practiceSetting: 'urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead',
  typeCode: 'urn:uuid:f0306f51-975f-434e-a61c-c59651d33983',
  patientId: 'urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427',
  uniqueId: 'urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab',
} as const;

export const submissionScheme = {
  author: 'urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d',
  contentType: 'urn:uuid:aa543740-bdda-424e-8c96-df4873be8500',
  patientId: 'urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446',
  sourceId: 'urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832',
  uniqueId: 'urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8',
} as const;

export const association = {
  hasMember: 'urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember',
  replaces: 'urn:ihe:iti:2007:AssociationType:RPLC',
  updatesStatus: 'urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus',
  signs: 'urn:ihe:iti:2007:AssociationType:signs',
} as const;

export const storedQuery = {
  findDocuments: 'urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d',
  getDocuments: 'urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4',
} as const;

export const statusPrefix = 'urn:oasis:names:tc:ebxml-regrep:StatusType:';
/** `Archived` and `Deleted` are the DMP's own (interop §5.7). */
const dmpStatusPrefix = 'urn:asip:ci-sis:2010:StatusType:';

export const statusUrn = (status: string): string =>
  (status === 'Archived' || status === 'Deleted' ? dmpStatusPrefix : statusPrefix) + status;

/** Without its prefix; a status of another family stays whole. */
export const statusOfUrn = (urn: string): string =>
  [dmpStatusPrefix, statusPrefix].reduce(
    (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
    urn,
  );

export const severityPrefix = 'urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:';

export const responseStatus = {
  Success: 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success',
  Failure: 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure',
  PartialSuccess: 'urn:ihe:iti:2007:ResponseStatusType:PartialSuccess',
} as const;

/** Roots of the national identifiers of persons and structures. */
export const nationalPersons = '1.2.250.1.71.4.2.1';
export const nationalStructures = '1.2.250.1.71.4.2.2';
