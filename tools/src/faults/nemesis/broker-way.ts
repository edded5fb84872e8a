import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { workspaceRoot } from '../../workspace.js';

const preload = pathToFileURL(join(workspaceRoot, 'tools/dist/faults/broker-detour.js')).href;

/** How a way is barred: packets vanish, or connections are refused. */
export type Barrier = 'silent' | 'refused';

/** The way of one process to the broker, over a relay of ours: it can be barred for this process alone. */
export class BrokerWay {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #brokerPort: number;
  #barrier: Barrier | undefined;

  private constructor(brokerPort: number) {
    this.#brokerPort = brokerPort;
    this.#server = createServer((socket) => this.#carry(socket));
  }

  static async open(brokers: string): Promise<BrokerWay> {
    const way = new BrokerWay(Number(brokers.split(',')[0]?.split(':').at(-1)));
    await new Promise<void>((resolve) => way.#server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  /** What the process has to be given: the broker advertises its own address, so the process itself takes the detour. */
  get environment(): Record<string, string> {
    return {
      NODE_OPTIONS: `--import ${preload}`,
      PFI_FAULT_BROKER_PORT: String(this.#brokerPort),
      PFI_FAULT_BROKER_DETOUR: String((this.#server.address() as AddressInfo).port),
    };
  }

  bar(barrier: Barrier): void {
    this.#barrier = barrier;
    for (const pair of this.#pairs)
      for (const socket of pair) {
        if (barrier === 'refused') socket.destroy();
        else socket.pause().unpipe();
      }
  }

  /** What was on the way when it was barred silently never arrives: those connections are broken. */
  clear(): void {
    this.#barrier = undefined;
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  async close(): Promise<void> {
    this.clear();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #carry(socket: Socket): void {
    if (this.#barrier === 'refused') return void socket.on('error', () => undefined).destroy();
    const broker = connect(this.#brokerPort, '127.0.0.1');
    const pair = [socket, broker] as const;
    this.#pairs.add(pair);
    for (const [one, other] of [pair, [broker, socket] as const]) {
      one.on('error', () => undefined);
      one.once('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
      if (this.#barrier === undefined) one.pipe(other);
    }
  }
}
