import type { MllpClientOptions } from './mllp.types.js';

/** One kept connection to one receiver, one message in flight at a time; opens again by itself after a fault. */
export class MllpClient {
  constructor(private readonly options: MllpClientOptions) {}

  /** Sends a message and resolves with the bytes of its answer. Throws {@link MllpUnavailable}. */
  async send(_message: Buffer): Promise<Buffer> {
    throw new Error(`not built yet ${this.options.host}`);
  }

  async close(): Promise<void> {
    throw new Error('not built yet');
  }
}
