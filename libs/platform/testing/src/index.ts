export { eventually, type EventuallyOptions } from './eventually.js';
export { freePort } from './free-port.js';
export { httpListener, type HttpListener } from './http-listener.js';
export { otlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
export { testIssuer, type TestIssuer, type TestIssuerOptions, type TokenClaims } from './test-issuer.js';
export { tcpPeer, type TcpPeer } from './tcp-peer.js';
export { testAuthority, type CertificateDetails, type PemPair, type TestAuthority } from './test-certificates.js';
