export * from './mllp.types.js';
export { OnMllpFrames } from './mllp-frames.js';
export { MllpStrategy } from './mllp.strategy.js';
export { MllpClient } from './mllp-client.js';
export { MllpUnavailable } from './mllp-unavailable.js';
