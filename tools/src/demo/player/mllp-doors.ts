import { readAck } from '@pfi/hl7v2';
import type { Ack } from '@pfi/hl7v2';
import { MllpClient } from '@pfi/platform-mllp';

/** The two MLLP doors of the platform, as one hospital application uses them: one connection each, kept open. */
export class MllpDoors {
  readonly #identity: MllpClient;
  readonly #documents: MllpClient;

  constructor(ports: { readonly identityMllp: number; readonly documentsMllp: number }) {
    const client = (port: number) => new MllpClient({ host: '127.0.0.1', port, answerTimeoutMs: 15_000 });
    this.#identity = client(ports.identityMllp);
    this.#documents = client(ports.documentsMllp);
  }

  /** Sends an ADT. @throws MllpUnavailable */
  async identity(message: Buffer): Promise<Ack> {
    return readAck(await this.#identity.send(message));
  }

  /** Sends an MDM or ORU. @throws MllpUnavailable */
  async document(message: Buffer): Promise<Ack> {
    return readAck(await this.documentBytes(message));
  }

  /** The answer as it came. */
  documentBytes(message: Buffer): Promise<Buffer> {
    return this.#documents.send(message);
  }

  /** The answer as it came. */
  identityBytes(message: Buffer): Promise<Buffer> {
    return this.#identity.send(message);
  }

  async close(): Promise<void> {
    await Promise.all([this.#identity.close(), this.#documents.close()]);
  }
}
