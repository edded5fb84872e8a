export { writeXdm, xdmFiles } from './xdm-writer.js';
export type { XdmAction, XdmSubmission } from './xdm-writer.js';
export { readXdm } from './xdm-reader.js';
export type { XdmContent, XdmDocument, XdmLimits } from './xdm-reader.js';
export { XdmFault } from './xdm-fault.js';
export type { XdmFaultCode } from './xdm-fault.js';
