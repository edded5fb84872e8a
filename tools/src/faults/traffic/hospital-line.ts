import { setTimeout as delay } from 'node:timers/promises';
import { readAck } from '@pfi/hl7v2';
import { MllpClient } from '@pfi/platform-mllp';
import type { PlatformApi } from '../../demo/player/index.js';
import type { Message } from './story.js';

/** Where an application may send: every instance of a door. */
export interface Doors {
  readonly identity: readonly number[];
  readonly documents: readonly number[];
}

/** What became of one message at the door. */
export interface Receipt {
  readonly message: Message;
  /** Answered with AA or 202, at last. */
  readonly acknowledged: boolean;
  /** How many times it was sent. */
  readonly sendings: number;
  /** Milliseconds (monotonic) of the acknowledgement. */
  readonly at: number;
  /** Every positive answer, as it came. */
  readonly answers: readonly Buffer[];
  /** CDA id of a deposit by REST. */
  readonly documentId?: string;
  /** The last refusal, when there was one. */
  readonly refusal?: string;
}

type Try = { readonly answer: Buffer; readonly documentId?: string } | { readonly refused: string } | undefined;

const ANSWER_MS = 8_000;
const PAUSE_MS = 200;

/**
 * One connection of a hospital's application to each door, used as hospitals do: one message in flight; without an answer, or told
 * to wait (AR, 5xx), the same message again, through another instance when there is one.
 */
export class HospitalLine {
  readonly #doors: Doors;
  readonly #api: PlatformApi;
  readonly #clients = new Map<string, MllpClient>();
  #turn: number;

  constructor(doors: Doors, api: PlatformApi, turn: number) {
    this.#doors = doors;
    this.#api = api;
    this.#turn = turn;
  }

  /** Insists until the message is acknowledged, refused for good, or `giveUpMs` have passed. */
  async send(message: Message, giveUpMs = 120_000): Promise<Receipt> {
    const deadline = performance.now() + giveUpMs;
    for (let sendings = 1; ; sendings += 1) {
      const tried = await this.once(message);
      const at = performance.now();
      if (tried && 'answer' in tried) {
        const { answer, documentId } = tried;
        return { message, acknowledged: true, sendings, at, answers: [answer], ...(documentId ? { documentId } : {}) };
      }
      if (tried || at > deadline)
        return { message, acknowledged: false, sendings, at, answers: [], refusal: tried?.refused ?? 'no answer' };
      this.#turn += 1;
      await delay(PAUSE_MS);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  private async once(message: Message): Promise<Try> {
    try {
      if (message.door === 'rest') return await this.deposit(message);
      const answer = await this.client(message.door).send(message.bytes);
      const { code, error } = readAck(answer);
      if (code === 'AA') return { answer };
      return code === 'AR' ? undefined : { refused: `${code} ${error?.code ?? ''}` };
    } catch {
      return undefined;
    }
  }

  private async deposit({ deposit: { metadata, file, idempotencyKey } }: Message & { door: 'rest' }): Promise<Try> {
    const answer = await this.#api.deposit<{ documentId: string; code?: string }>(metadata, file, idempotencyKey);
    const { status, body } = answer;
    if (status === 202) return { answer: Buffer.from(JSON.stringify(body)), documentId: body.documentId };
    return status >= 500 || status === 429 || status === 401 ? undefined : { refused: `${status} ${body.code ?? ''}` };
  }

  private client(door: 'identity' | 'documents'): MllpClient {
    const ports = this.#doors[door];
    const port = ports[this.#turn % ports.length] as number;
    const key = `${door} ${port}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const client = new MllpClient({
      host: '127.0.0.1',
      port,
      answerTimeoutMs: ANSWER_MS,
      maxFrameBytes: 50 * 1024 * 1024,
    });
    this.#clients.set(key, client);
    return client;
  }
}
