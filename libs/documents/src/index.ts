export * from './domain/delivery.js';
export * from './domain/feedback.js';
export * from './domain/gate.js';
export * from './domain/lineage.js';
export * from './domain/patient-agreement.js';
export * from './domain/reasons.js';
export * from './domain/routing.js';
export * from './domain/versions.js';
