import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { buildAck, Hl7Fault, parseMessage, readZam, type MessageHeader, type Zam } from '@pfi/hl7v2';
import type { FaultBoard } from '../faults/fault-board.js';
import type { ZamMailbox } from './zam-mailbox.js';

const startOfBlock = 0x0b;
const endOfBlock = Buffer.from([0x1c, 0x0d]);
const maxFrameBytes = 1024 * 1024;

type AckOutcome = Buffer | 'close' | 'silence';

/** An MLLP listener that stands for the return address of every sender: keeps the ZAM, then answers AA. */
export function createZamReceiver(mailbox: ZamMailbox, faults: FaultBoard): { server: Server; closeAll: () => void } {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    converse(socket, (frame) => answer(frame, mailbox, faults)).catch(() => socket.destroy());
  });
  return {
    server,
    closeAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function converse(socket: Socket, respond: (frame: Buffer) => Promise<AckOutcome>): Promise<void> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    for (let end = pending.indexOf(endOfBlock); end >= 0; end = pending.indexOf(endOfBlock)) {
      const frame = pending.subarray(pending[0] === startOfBlock ? 1 : 0, end);
      pending = pending.subarray(end + endOfBlock.length);
      const outcome = await respond(frame);
      if (outcome === 'close') socket.destroy();
      else if (outcome !== 'silence') socket.write(Buffer.concat([Buffer.from([startOfBlock]), outcome, endOfBlock]));
    }
    if (pending.length > maxFrameBytes) socket.destroy();
  }
}

async function answer(frame: Buffer, mailbox: ZamMailbox, faults: FaultBoard): Promise<AckOutcome> {
  const at = new Date();
  const controlId = randomUUID();
  let request: MessageHeader;
  let zam: Zam;
  try {
    const message = parseMessage(frame);
    request = message.header;
    zam = readZam(message);
  } catch (error) {
    if (!(error instanceof Hl7Fault)) throw error;
    const { hl7Code, code, textFr, location } = error;
    return buildAck({ request: error.header, code: 'AE', controlId, at, error: { hl7Code, code, textFr, location } });
  }
  const { delayMs, effect } = faults.take('zam', { originalControlId: zam.originalControlId });
  if (delayMs > 0) await delay(delayMs);
  switch (effect?.kind) {
    case 'down':
      return 'close';
    case 'withhold':
      return 'silence';
    case 'refuse':
      return buildAck({
        request,
        code: 'AE',
        controlId,
        at,
        error: { hl7Code: '207', code: effect.code, textFr: effect.context },
      });
    default: {
      const { receivingApplication, receivingFacility } = request;
      await mailbox.add({
        ...zam,
        receivedAt: at.toISOString(),
        application: receivingApplication,
        facility: receivingFacility,
      });
      return buildAck({ request, code: 'AA', controlId, at });
    }
  }
}
