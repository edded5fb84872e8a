import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { tcpPeer, type TcpPeer } from '@pfi/platform-testing';
import { readAnswer, type PlatformApi, type RejectView } from '../../demo/player/index.js';
import type { Case } from '../cases/case.js';
import { SAID_BYTES, type Door, type Got } from './door.js';

const START = Buffer.of(0x0b);
const END = Buffer.of(0x1c, 0x0d);
const KEPT_WITHIN_MS = 10_000;

export interface MllpDoorOptions {
  readonly port: number;
  readonly api: PlatformApi;
  /** Whose refused messages are asked for. */
  readonly service: 'identity' | 'documents';
  readonly tls?: (certificate: Case['certificate']) => ConnectionOptions | undefined;
}

/** A connection of its own for each bad input, as the peer of somebody who knows no better. */
export class MllpDoor implements Door {
  readonly #claimed = new Set<string>();
  /** Codes of connections that were closed before a byte of HL7 came: such an end is kept once a day for each peer. */
  readonly #wordless = new Set<string>();

  constructor(private readonly options: MllpDoorOptions) {}

  async play(bytes: Buffer, of: Case, patienceMs: number): Promise<Got> {
    const { port, tls } = this.options;
    const since = new Date();
    const began = performance.now();
    const peer = await tcpPeer(port, tls?.(of.certificate));
    try {
      peer.send(of.sent === 'raw' ? bytes : Buffer.concat([START, bytes, END]));
      const answers = await answersOf(peer, Number(/^(\d+) × /.exec(of.expect)?.[1] ?? 1), patienceMs);
      const ms = performance.now() - began;
      if (answers.length === 0)
        return { answer: await this.closed(since, of.expect.replace('closed ', '')), ms, said: '' };
      return { ...told(answers), ms, said: Buffer.concat(answers).subarray(0, SAID_BYTES).toString() };
    } finally {
      peer.destroy();
    }
  }

  /** A connection that was closed leaves what it said under the refused messages, with the reason. */
  private async closed(since: Date, wanted: string): Promise<string> {
    const deadline = performance.now() + KEPT_WITHIN_MS;
    for (;;) {
      if (this.#wordless.has(wanted)) return `closed ${wanted}`;
      const rejects = await this.options.api.rejects(this.options.service, { limit: '100' });
      const kept = rejects.filter(({ code }) => code.startsWith('MLLP_'));
      // newest first: the oldest that fits, so that what came later is left to who sent later
      const mine = kept.findLast((reject) => reject.code === wanted && this.isMine(reject, since));
      if (mine) {
        this.#claimed.add(mine.id);
        if (mine.size === 0) this.#wordless.add(mine.code);
        return `closed ${mine.code}`;
      }
      if (performance.now() > deadline)
        return `closed ${kept.find((one) => this.isMine(one, since))?.code ?? ''}`.trim();
      await delay(500);
    }
  }

  private isMine({ id, receivedAt }: RejectView, since: Date): boolean {
    return Date.parse(receivedAt) >= since.getTime() && !this.#claimed.has(id);
  }
}

/** Complete frames, until there are as many as wanted or the connection is gone. Rejects when neither comes. */
async function answersOf(peer: TcpPeer, wanted: number, patienceMs: number): Promise<Buffer[]> {
  const given = new AbortController();
  const enough = async () => {
    const { signal } = given;
    while (frames(peer.received()).length < wanted && !signal.aborted) {
      // many answers are not counted at each of them
      if (wanted > 1) await delay(100);
      else await once(peer.socket, 'data', { signal }).catch(() => undefined);
    }
  };
  const late = delay(patienceMs, 'late', { signal: given.signal }).catch(() => undefined);
  const ended = await Promise.race([enough(), peer.closed, late]);
  given.abort();
  if (ended === 'late') throw new Error('no answer, and the connection stayed open');
  return frames(peer.received());
}

function frames(received: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let start = received.indexOf(START); start >= 0;) {
    const end = received.indexOf(END, start);
    if (end < 0) break;
    found.push(received.subarray(start + 1, end));
    start = received.indexOf(START, end);
  }
  return found;
}

function told(answers: readonly Buffer[]): { readonly answer: string; readonly location: string } {
  const said = answers.map((answer) => {
    const { code, hl7Code, ourCode, location } = readAnswer(answer);
    return { answer: [code, hl7Code, ourCode].filter(Boolean).join(' '), location };
  });
  const different = [...new Set(said.map(({ answer }) => answer))].join(' | ');
  return {
    answer: said.length > 1 ? `${said.length} × ${different}` : different,
    location: said[0]?.location ?? '',
  };
}
