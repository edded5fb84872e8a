export * from './adt-message.js';
export * from './document-message.js';
export * from './mllp-doors.js';
export * from './platform-api.js';
export * from './senders.js';
export * from './simulator.js';
export * from './synthetic-patient.js';
export * from './rest-deposit.js';
