export { startStack } from './stack/start-stack.js';
export type { StackOptions } from './stack/start-stack.js';
export { Stack } from './stack/stack.js';
export { StackFault } from './stack/stack-fault.js';
export type { DatabaseUrls, PartName, ServiceName, Surroundings } from './stack/environment.js';
export type { PortChoice, PortName, Ports } from './stack/ports.js';
export { ensureTestPki } from './stack/test-pki.js';
export type { CertifiedEntity, TestPki } from './stack/test-pki.js';
export * from './demo/player/index.js';
