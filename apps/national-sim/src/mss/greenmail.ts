import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { StoreRefusal, type ImapStore } from './mailbox-contents.js';

const host = '127.0.0.1';
const answerWithinMs = 10_000;

/**
 * Signs in to a mailbox of GreenMail, which makes it when it is new: who may do so is judged before.
 * @returns a paused socket, ready for the next command
 */
export async function openMailbox(port: number, address: string): Promise<Socket> {
  const socket = connect({ port, host });
  // Whoever waits for an answer sees that the connection is closed.
  socket.on('error', () => undefined);
  socket.on('timeout', () => socket.destroy(new Error('GreenMail does not answer')));
  socket.setTimeout(answerWithinMs);
  try {
    await once(socket, 'connect');
    await answered(socket, '*');
    socket.write(`sim LOGIN "${address.toLowerCase().replaceAll(/["\\]/g, '')}" "sim"\r\n`);
    await answered(socket, 'sim');
    socket.setTimeout(0);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The mailboxes, in GreenMail: one kept connection each. */
export class GreenMailStore implements ImapStore {
  readonly #sockets = new Map<string, Socket>();

  constructor(private readonly port: number) {}

  async append(address: string, raw: Buffer): Promise<void> {
    const socket = await this.#opened(address);
    socket.setTimeout(answerWithinMs);
    try {
      socket.write(Buffer.concat([Buffer.from(`sim1 APPEND INBOX {${raw.length}+}\r\n`), raw, Buffer.from('\r\n')]));
      await answered(socket, 'sim1');
      socket.setTimeout(0);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  async #opened(address: string): Promise<Socket> {
    const kept = this.#sockets.get(address);
    if (kept && !kept.destroyed && !kept.readableEnded) return kept;
    const socket = await openMailbox(this.port, address);
    this.#sockets.set(address, socket);
    return socket;
  }
}

/** Waits for the line that begins with the tag. @throws StoreRefusal when it is not OK, Error when the connection ends before */
async function answered(socket: Socket, tag: string): Promise<void> {
  let text = '';
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      if (socket.destroyed || socket.readableEnded) throw new Error('GreenMail closed the connection');
      await readableOrClosed(socket);
      continue;
    }
    text += chunk.toString('latin1');
    const [, state] =
      new RegExp(`(?:^|\\r\\n)${tag === '*' ? '\\*' : tag} (OK|NO|BAD)[^\\r\\n]*\\r\\n`).exec(text) ?? [];
    if (state === 'OK') return;
    if (state !== undefined) throw new StoreRefusal(`GreenMail answered ${state}`);
  }
}

function readableOrClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('readable', settle).off('end', settle).off('close', settle);
      resolve();
    };
    socket.on('readable', settle).on('end', settle).on('close', settle);
  });
}
