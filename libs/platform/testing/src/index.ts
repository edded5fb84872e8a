export { eventually, type EventuallyOptions } from './eventually.js';
export { freePort } from './free-port.js';
export { otlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
export { testIssuer, type TestIssuer, type TokenClaims } from './test-issuer.js';
