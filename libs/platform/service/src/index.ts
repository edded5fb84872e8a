export * from './mllp-listener.js';
export * from './parked-events.controller.js';
export * from './periodic-tasks.js';
export * from './service-platform.js';
export * from './tenant-audit.js';
export * from './variables.js';
