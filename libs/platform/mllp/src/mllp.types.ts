/** One HL7 message as it arrived, without its MLLP envelope. */
export interface MllpFrame {
  readonly bytes: Buffer;
  readonly receivedAt: Date;
  readonly connectionId: string;
  readonly remoteAddress: string;
  /** Present only when the listener is TLS and the peer showed a certificate that its CA verifies. */
  readonly clientCertificate?: ClientCertificate;
  /** W3C trace context of the frame's own span; absent when tracing is off. */
  readonly traceparent?: string;
}

export interface ClientCertificate {
  /** Distinguished name, RFC 4514 style: `CN=…,O=…,C=FR`. */
  readonly subject: string;
  /** SHA-256 of the certificate, upper-case hexadecimal pairs separated by colons. */
  readonly fingerprint256: string;
}

/** What the handler says of one frame: an ack to write, or the closing of the connection without any ack. */
export type MllpAnswer = { readonly ack: Buffer } | { readonly close: true };

export type MllpFaultCode =
  'MLLP_PROTOCOL' | 'MLLP_FRAME_TOO_LARGE' | 'MLLP_FRAME_TIMEOUT' | 'MLLP_TOO_MANY_CONNECTIONS' | 'MLLP_TLS_REFUSED';

/** A connection that was closed because its peer broke the protocol or a limit. */
export interface MllpRejection {
  readonly code: MllpFaultCode;
  /** French, for an operator. */
  readonly textFr: string;
  readonly at: Date;
  readonly connectionId: string;
  readonly remoteAddress: string;
  readonly clientCertificate?: ClientCertificate;
  /** Bytes of the unfinished frame, at most the first 64 KiB. May hold patient data: never log them. */
  readonly bytes: Buffer;
  /** Number of bytes received for that frame, kept or not. */
  readonly size: number;
}

export interface MllpServerTls {
  /** PEM texts. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** PEM of the authorities that sign the client certificates; when given, a client certificate is demanded. */
  readonly clientCa?: string | Buffer;
}

export interface MllpServerOptions {
  readonly host?: string;
  readonly port: number;
  readonly tls?: MllpServerTls;
  /** Bytes; 50 MB by default. */
  readonly maxFrameBytes?: number;
  /** Milliseconds from the first byte of a frame to its last one; 60 000 by default. */
  readonly frameTimeoutMs?: number;
  /** Milliseconds without any byte between two frames; 0 (default) leaves keep-alive connections open. */
  readonly idleTimeoutMs?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerPeer?: number;
  /** Bytes held in memory for all connections together; reading pauses above it. 32 MB by default. */
  readonly maxBufferedBytes?: number;
  readonly maxBatchFrames?: number;
  readonly maxBatchBytes?: number;
  /** Batches handled at the same time; 4 by default. */
  readonly maxBatches?: number;
  /**
   * Frames of one lane are handled in their order of arrival, one batch at a time; lanes do not wait for each other. By default
   * all frames are of one lane. Must not throw.
   */
  readonly laneOf?: (bytes: Buffer) => string;
  /** Called when a peer was closed for a fault, so that the service can keep it under "rejets". A rejection is logged only. */
  readonly reject?: (rejection: MllpRejection) => void | Promise<void>;
}

export interface MllpClientTls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Name expected in the server's certificate when it is not `host`. */
  readonly servername?: string;
}

export interface MllpClientOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: MllpClientTls;
  /** 5 000 by default. */
  readonly connectTimeoutMs?: number;
  /** 60 000 by default. */
  readonly answerTimeoutMs?: number;
  readonly maxFrameBytes?: number;
}
