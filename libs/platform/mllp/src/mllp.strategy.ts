import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { MLLP_FRAMES_PATTERN, MLLP_TRANSPORT } from './mllp-frames.js';
import { MllpServer } from './mllp-server.js';
import type { FrameHandler } from './frame-batcher.js';
import type { MllpAnswer, MllpFrame, MllpRejection, MllpServerOptions } from './mllp.types.js';

/** Nest transport that hands batches of HL7 messages to the method marked `@OnMllpFrames()`. */
export class MllpStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = MLLP_TRANSPORT;
  readonly #options: MllpServerOptions;
  readonly #rejecting = new Set<Promise<void>>();
  #server: MllpServer | undefined;
  #port: number;

  constructor(options: MllpServerOptions) {
    super();
    this.#options = options;
    this.#port = options.port;
  }

  /** Port really bound; differs from the option when that is 0. */
  get port(): number {
    return this.#port;
  }

  /** How long frames waited for their batch of late (200 ms) at most, in milliseconds. */
  get waitingMs(): number {
    return this.#server?.waitingMs ?? 0;
  }

  listen(callback: (error?: unknown) => void): void {
    this.#open().then(() => callback(), callback);
  }

  /** Stops accepting, answers the batch that a handler has, drops the others unanswered. Safe to call twice. */
  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    await Promise.all(this.#rejecting);
  }

  on(): never {
    throw new Error('MllpStrategy emits no event');
  }

  unwrap<T>(): T {
    return this.#server as T;
  }

  async #open(): Promise<void> {
    const server = new MllpServer(this.#options, this.#handler(), {
      rejected: (rejection) => this.#rejected(rejection),
      failed: (error, frames) => this.logger.error(`MLLP batch of ${frames} not answered: ${codeOf(error)}`),
    });
    this.#port = await server.listen();
    this.#server = server;
  }

  #handler(): FrameHandler {
    const handler = this.getHandlerByPattern(MLLP_FRAMES_PATTERN);
    if (!handler) throw new Error('no controller method is marked @OnMllpFrames()');
    return async (frames: MllpFrame[]) => {
      const result: unknown = await handler(frames, new BaseRpcContext([]));
      return lastValueFrom(this.transformToObservable(result as Promise<readonly MllpAnswer[]>));
    };
  }

  #rejected(rejection: MllpRejection): void {
    this.logger.warn(
      `MLLP connection closed: ${rejection.code} from ${rejection.remoteAddress}, ${rejection.size} bytes`,
    );
    const { reject } = this.#options;
    if (!reject) return;
    const kept = Promise.resolve(rejection)
      .then(reject)
      .catch((error: unknown) => this.logger.error(`MLLP rejection not kept: ${codeOf(error)}`))
      .finally(() => this.#rejecting.delete(kept));
    this.#rejecting.add(kept);
  }
}

/** Class and code only: the message of an error may quote the HL7 text. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNEXPECTED';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
