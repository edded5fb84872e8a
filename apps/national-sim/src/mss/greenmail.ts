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
  socket.setTimeout(answerWithinMs, () => socket.destroy(new Error('GreenMail does not answer')));
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

/** The mailboxes, in GreenMail. */
export class GreenMailStore implements ImapStore {
  constructor(private readonly port: number) {}

  async append(address: string, raw: Buffer): Promise<void> {
    const socket = await openMailbox(this.port, address);
    try {
      socket.setTimeout(answerWithinMs, () => socket.destroy(new Error('GreenMail does not answer')));
      socket.write(Buffer.concat([Buffer.from(`sim1 APPEND INBOX {${raw.length}+}\r\n`), raw, Buffer.from('\r\n')]));
      await answered(socket, 'sim1');
    } finally {
      socket.destroy();
    }
  }
}

/** Waits for the line that begins with the tag. @throws StoreRefusal when it is not OK, Error when the connection ends before */
async function answered(socket: Socket, tag: string): Promise<void> {
  let text = '';
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      if (socket.destroyed || socket.readableEnded) throw new Error('GreenMail closed the connection');
      await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
      continue;
    }
    text += chunk.toString('latin1');
    const [, state] =
      new RegExp(`(?:^|\\r\\n)${tag === '*' ? '\\*' : tag} (OK|NO|BAD)[^\\r\\n]*\\r\\n`).exec(text) ?? [];
    if (state === 'OK') return;
    if (state !== undefined) throw new StoreRefusal(`GreenMail answered ${state}`);
  }
}
