import { readAck } from '@pfi/hl7v2';
import { MllpClient } from '@pfi/platform-mllp';
import type { Sender } from '../demo/player/index.js';
import { Latencies } from './latencies.js';
import { underLoad, type LoadResult } from './load.js';

const CONNECTIONS = 8;

/** Applications that send to one door, each over connections of its own. */
export class Doors {
  readonly #clients: readonly (readonly MllpClient[])[];

  constructor(
    readonly senders: readonly Sender[],
    port: number,
  ) {
    const client = () => new MllpClient({ host: '127.0.0.1', port, answerTimeoutMs: 60_000 });
    this.#clients = senders.map(() => Array.from({ length: CONNECTIONS }, client));
  }

  /** Each application sends its own messages, all at the same time; `rate` is that of all together. Every answer must be AA. */
  async send(messages: readonly (readonly Buffer[])[], signal: AbortSignal, rate?: number): Promise<LoadResult> {
    const results = await Promise.all(
      messages.map((own, application) =>
        underLoad(
          {
            ...{ senders: CONNECTIONS, messages: own.length, signal },
            ...(rate === undefined ? {} : { rate: rate / messages.length }),
          },
          (number, connection) => this.#one(application, connection, own[number] as Buffer),
        ),
      ),
    );
    const latencies = new Latencies();
    for (const result of results) latencies.addAll(result.latencies);
    const seconds = Math.max(...results.map((result) => result.seconds));
    return { seconds, perSecond: latencies.count / seconds, latencies };
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.flat().map((client) => client.close()));
  }

  async #one(application: number, connection: number, message: Buffer): Promise<void> {
    const answer = await (this.#clients[application]?.[connection] as MllpClient).send(message);
    // Reading every field of each answer would cost more than what is measured.
    if (answer.includes('MSA|AA|')) return;
    const { code, error } = readAck(answer);
    throw new Error(`message refused: ${code} ${error?.code ?? ''} ${error?.textFr ?? ''}`);
  }
}
