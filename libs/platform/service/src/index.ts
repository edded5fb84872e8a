export * from './mllp-listener.js';
export * from './service-platform.js';
export * from './variables.js';
