export * from './domain/answer.js';
export * from './domain/reconciliation.js';
