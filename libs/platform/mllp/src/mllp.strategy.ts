import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { MLLP_TRANSPORT } from './mllp-frames.js';
import type { MllpServerOptions } from './mllp.types.js';

/** Nest transport that hands batches of HL7 messages to the method marked `@OnMllpFrames()`. */
export class MllpStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = MLLP_TRANSPORT;

  constructor(private readonly options: MllpServerOptions) {
    super();
  }

  /** Port really bound; differs from the option when that is 0. */
  get port(): number {
    return this.options.port;
  }

  listen(_callback: (error?: unknown) => void): void {
    throw new Error('not built yet');
  }

  async close(): Promise<void> {
    throw new Error('not built yet');
  }

  on(): never {
    throw new Error('MllpStrategy emits no event');
  }

  unwrap<T>(): T {
    throw new Error('not built yet');
  }
}
