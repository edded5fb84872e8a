import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@pfi/platform-testing';
import { FrameReader, wrapFrame } from './frame-reader.js';
import { MllpClient } from './mllp-client.js';
import type { MllpClientOptions } from './mllp.types.js';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const clients: MllpClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

type Receive = (message: string, socket: Socket) => void;

async function receiver(receive: Receive, port = 0) {
  const seen: string[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    const reader = new FrameReader(10_000_000);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      for (let frame = reader.next(); frame; frame = reader.next()) {
        seen.push(frame.toString());
        receive(frame.toString(), socket);
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const bound = address && typeof address === 'object' ? address.port : 0;
  return { port: bound, seen, connections: () => connections };
}

function clientOf(port: number, options: Partial<MllpClientOptions> = {}): MllpClient {
  const client = new MllpClient({ host: '127.0.0.1', port, ...options });
  clients.push(client);
  return client;
}

const answer: Receive = (message, socket) => void socket.write(wrapFrame(Buffer.from(`ack ${message}`)));

describe('MllpClient', () => {
  it('sends one message after the other on one connection, each with its own answer', async () => {
    const { port, connections } = await receiver(answer);
    const client = clientOf(port);
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => client.send(Buffer.from(text))));
    expect(answers.map(String)).toEqual(['ack a', 'ack b', 'ack c']);
    expect(connections()).toBe(1);
  });

  it('never takes a late answer for the answer of the next message', async () => {
    const held: Socket[] = [];
    const { port, connections } = await receiver((message, socket) => {
      if (message === 'slow') held.push(socket);
      else {
        for (const late of held) late.write(wrapFrame(Buffer.from('ack slow')));
        answer(message, socket);
      }
    });
    const client = clientOf(port, { answerTimeoutMs: 50 });
    await expect(client.send(Buffer.from('slow'))).rejects.toMatchObject({
      code: 'MLLP_ANSWER_TIMEOUT',
      kind: 'unavailable',
    });
    expect((await client.send(Buffer.from('next'))).toString()).toBe('ack next');
    expect(connections()).toBe(2);
  });

  it('opens again after the receiver closed the connection', async () => {
    const { port, seen } = await receiver((message, socket) => {
      if (message === 'cut') socket.destroy();
      else answer(message, socket);
    });
    const client = clientOf(port);
    await expect(client.send(Buffer.from('cut'))).rejects.toMatchObject({ code: 'MLLP_CONNECTION_LOST' });
    expect((await client.send(Buffer.from('again'))).toString()).toBe('ack again');
    expect(seen).toEqual(['cut', 'again']);
  });

  it('says when nobody listens, and works when the receiver comes', async () => {
    const port = await freePort();
    const client = clientOf(port);
    await expect(client.send(Buffer.from('a'))).rejects.toMatchObject({ code: 'MLLP_CONNECT_FAILED' });
    await receiver(answer, port);
    expect((await client.send(Buffer.from('b'))).toString()).toBe('ack b');
  });

  it('refuses two answers to one message, an answer outside MLLP and one too large', async () => {
    const wrong: Buffer[] = [
      Buffer.concat([wrapFrame(Buffer.from('1')), wrapFrame(Buffer.from('2'))]),
      Buffer.from('HTTP/1.1 400'),
      wrapFrame(Buffer.alloc(200, 'x')),
    ];
    for (const bytes of wrong) {
      const { port } = await receiver((_message, socket) => void socket.write(bytes));
      const client = clientOf(port, { maxFrameBytes: 100 });
      await expect(client.send(Buffer.from('a'))).rejects.toMatchObject({ code: 'MLLP_ANSWER_INVALID' });
    }
  });

  it('refuses to send once closed', async () => {
    const { port } = await receiver(answer);
    const client = clientOf(port);
    await client.close();
    await expect(client.send(Buffer.from('a'))).rejects.toMatchObject({ code: 'MLLP_CLIENT_CLOSED' });
  });
});
