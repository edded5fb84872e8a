export * from './frame-intake.js';
export * from './journal-table.js';
export * from './message-journal.js';
export * from './protocol-faults.js';
export * from './rejects.js';
export * from './request-recognition.js';
export * from './source-admission.js';
export * from './rejects.controller.js';
