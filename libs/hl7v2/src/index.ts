export { Hl7Fault, hl7FaultCodes } from './hl7-fault.errors.js';
export type { Hl7ErrorCode, Hl7FaultCode, Hl7FaultOptions } from './hl7-fault.errors.js';
export type { MessageHeader } from './header.js';
export type * from './model.js';
export { adtEvents, unusedAdtEvents } from './adt.js';
export type { Adt, AdtEvent, UnusedAdt, UsedAdt } from './adt.js';
export type { DocumentMessage } from './document-message.js';
