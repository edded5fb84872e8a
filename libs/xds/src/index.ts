export type * from './model.js';
export type * from './vihf.model.js';
export { XdsFault } from './xds-fault.js';
export type { XdsFaultCode } from './xds-fault.js';
export { buildProvideAndRegister, parseProvideAndRegister } from './provide-and-register.js';
export { buildRegistryResponse, parseRegistryResponse } from './registry-response.js';
export {
  buildStoredQuery,
  buildStoredQueryResponse,
  parseStoredQuery,
  parseStoredQueryResponse,
} from './stored-query.js';
export { buildSubmissionMetadata, parseSubmissionMetadata } from './submission-metadata.js';
export { buildStatusUpdate, parseStatusUpdate } from './update-document-set.js';
export { buildSoapFault } from './soap.js';
export { buildVihf, createVihfSigner } from './vihf-writer.js';
export { verifyVihf } from './vihf-verifier.js';
export { nationalPersonId, nationalStructureId, patientIdCx, sourcePatientInfo } from './hl7-value.js';
export { childOf, childrenOf, parseXml } from './xml-tree.js';
export type { XmlNode } from './xml-tree.js';
export { escapeText } from './xml-text.js';
