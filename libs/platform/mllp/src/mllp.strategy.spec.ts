import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Module, type INestApplication } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { eventually, tcpPeer, testAuthority } from '@pfi/platform-testing';
import { MllpStrategy, OnMllpFrames, type MllpAnswer, type MllpFrame, type MllpRejection } from './index.js';
import { wrapFrame } from './frame-reader.js';
import type { MllpServerOptions } from './mllp.types.js';

type Handle = (frames: MllpFrame[]) => Promise<MllpAnswer[]>;

@Controller()
class FramesController {
  handle: Handle = async (frames) => frames.map(({ bytes }) => ({ ack: Buffer.from(`ack ${bytes.toString()}`) }));

  @OnMllpFrames()
  frames(@Payload() frames: MllpFrame[]): Promise<MllpAnswer[]> {
    return this.handle(frames);
  }
}

@Module({ controllers: [FramesController] })
class FramesModule {}

const opened: INestApplication[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

async function start(options: Partial<MllpServerOptions> = {}, handle?: Handle) {
  const rejections: MllpRejection[] = [];
  const strategy = new MllpStrategy({
    host: '127.0.0.1',
    port: 0,
    reject: (rejection) => void rejections.push(rejection),
    ...options,
  });
  const app = (await Test.createTestingModule({ imports: [FramesModule] }).compile()).createNestApplication({
    logger: false,
  });
  opened.push(app);
  app.connectMicroservice({ strategy });
  await app.startAllMicroservices();
  if (handle) app.get(FramesController).handle = handle;
  return { port: strategy.port, rejections, strategy, app };
}

const framed = (...texts: string[]): Buffer => Buffer.concat(texts.map((text) => wrapFrame(Buffer.from(text))));
const acks = (...texts: string[]): string => framed(...texts.map((text) => `ack ${text}`)).toString();

/** A handler that waits to be released, and tells which batches it was given. */
function gate() {
  const batches: string[][] = [];
  let open: () => void = () => undefined;
  const opening = new Promise<void>((resolve) => (open = resolve));
  const handle: Handle = async (frames) => {
    batches.push(frames.map(({ bytes }) => bytes.toString()));
    await opening;
    return frames.map(({ bytes }) => ({ ack: Buffer.from(`ack ${bytes.toString()}`) }));
  };
  return { batches, open: () => open(), handle };
}

describe('MllpStrategy', () => {
  it('answers a message and keeps the connection for the next one', async () => {
    const { port } = await start();
    const peer = await tcpPeer(port);
    peer.send(framed('one'));
    await eventually(() => expect(peer.received().toString()).toBe(acks('one')));
    peer.send(framed('two'));
    await eventually(() => expect(peer.received().toString()).toBe(acks('one', 'two')));
  });

  it('still answers a sender that shut its writing side', async () => {
    const { port } = await start();
    const peer = await tcpPeer(port);
    peer.send(framed('last'));
    peer.end();
    await peer.closed;
    expect(peer.received().toString()).toBe(acks('last'));
  });

  it('gathers in the next batch what arrives while a batch runs, one frame a connection', async () => {
    const { batches, open, handle } = gate();
    const { port } = await start({}, handle);
    const first = await tcpPeer(port);
    first.send(framed('a1', 'a2'));
    await eventually(() => expect(batches).toEqual([['a1']]));
    const others = await Promise.all([tcpPeer(port), tcpPeer(port)]);
    others[0].send(framed('b'));
    await eventually(async () => expect(others[0].socket.bytesWritten).toBeGreaterThan(0));
    others[1].send(framed('c'));
    const last = await tcpPeer(port);
    last.destroy();
    await last.closed;
    open();
    await eventually(() => expect(first.received().toString()).toBe(acks('a1', 'a2')));
    await eventually(() => expect(others[1].received().toString()).toBe(acks('c')));
    expect(batches[0]).toEqual(['a1']);
    expect(batches.flat().sort()).toEqual(['a1', 'a2', 'b', 'c']);
    expect(Math.max(...batches.map((batch) => batch.filter((text) => text.startsWith('a')).length))).toBe(1);
  });

  it('never puts more frames or bytes in a batch than the limits, and a bigger frame goes alone', async () => {
    const { batches, open, handle } = gate();
    const { port } = await start({ maxBatchFrames: 3, maxBatchBytes: 100 }, handle);
    const blocker = await tcpPeer(port);
    blocker.send(framed('blocker'));
    await eventually(() => expect(batches).toHaveLength(1));
    const texts = ['1', '2', '3', '4', 'x'.repeat(150), '5'];
    const peers = await Promise.all(texts.map(() => tcpPeer(port)));
    peers.forEach((peer, index) => peer.send(framed(texts[index] ?? '')));
    open();
    await eventually(() => {
      for (const [index, peer] of peers.entries()) expect(peer.received().toString()).toBe(acks(texts[index] ?? ''));
    });
    for (const batch of batches) {
      expect(batch.length).toBeLessThanOrEqual(3);
      expect(batch.length === 1 || batch.join('').length <= 100).toBe(true);
    }
  });

  it('closes without ack when the answer is close, and when the handler rejects or answers too few', async () => {
    const answers: Handle[] = [
      async () => [{ close: true }],
      async () => Promise.reject(new Error('storage down')),
      async () => [],
    ];
    for (const handle of answers) {
      const { port } = await start({}, handle);
      const peer = await tcpPeer(port);
      peer.send(framed('one', 'two'));
      await peer.closed;
      expect(peer.received()).toHaveLength(0);
    }
  });

  it('B-06 closes a frame that never ends, and keeps its bytes aside', async () => {
    const { port, rejections } = await start({ frameTimeoutMs: 50 });
    const peer = await tcpPeer(port);
    peer.send('\x0bMSH|never ends');
    await peer.closed;
    expect(rejections).toMatchObject([{ code: 'MLLP_FRAME_TIMEOUT', remoteAddress: '127.0.0.1' }]);
    expect(rejections[0]?.bytes.toString()).toBe('\x0bMSH|never ends');
  });

  it('B-06 leaves an idle connection between two frames open', async () => {
    const { port, rejections } = await start({ frameTimeoutMs: 30 });
    const peer = await tcpPeer(port);
    const slow = await tcpPeer(port);
    peer.send(framed('one'));
    slow.send('\x0bunfinished');
    await slow.closed;
    peer.send(framed('two'));
    await eventually(() => expect(peer.received().toString()).toBe(acks('one', 'two')));
    expect(rejections).toHaveLength(1);
  });

  it('B-07 closes a frame above the limit before it is whole, and keeps only its head', async () => {
    const { port, rejections } = await start({ maxFrameBytes: 1024 * 1024 });
    const peer = await tcpPeer(port);
    peer.send('\x0b');
    peer.send(Buffer.alloc(3 * 1024 * 1024, 'x'));
    await peer.closed;
    expect(rejections).toMatchObject([{ code: 'MLLP_FRAME_TOO_LARGE' }]);
    expect(rejections[0]?.bytes.length).toBe(64 * 1024);
  });

  it('B-08 answers thousands of tiny frames of one segment in order', async () => {
    const { port } = await start();
    const texts = Array.from({ length: 5_000 }, (_, index) => `m${index}`);
    const peer = await tcpPeer(port);
    peer.send(framed(...texts));
    await eventually(() => expect(peer.received().toString()).toBe(acks(...texts)), { timeoutMs: 20_000 });
  });

  it('B-09 closes bytes before the start block, two start blocks, noise and a TLS hello on the clear port', async () => {
    const { port, rejections } = await start();
    const tlsHello = Buffer.from('16030100c8010000c40303', 'hex');
    for (const bytes of [Buffer.from('MSH|^~'), Buffer.from('\x0bMSH|\x0bMSH|'), Buffer.from([0, 255, 3]), tlsHello]) {
      const peer = await tcpPeer(port);
      peer.send(bytes);
      await peer.closed;
      expect(peer.received()).toHaveLength(0);
    }
    expect(rejections.map(({ code }) => code)).toEqual(Array(4).fill('MLLP_PROTOCOL'));
  });

  it('B-09 closes clear bytes on the TLS port', async () => {
    const authority = await testAuthority();
    const { port, rejections } = await start({ tls: await authority.issue('pfi') });
    const peer = await tcpPeer(port);
    peer.send(framed('clear'));
    await peer.closed;
    await eventually(() => expect(rejections).toMatchObject([{ code: 'MLLP_PROTOCOL' }]));
  });

  it('S-03 hands over the verified client certificate, and refuses none, another authority or an expired one', async () => {
    const [authority, stranger] = await Promise.all([testAuthority(), testAuthority()]);
    const seen: MllpFrame[] = [];
    const { port, rejections } = await start(
      { tls: { ...(await authority.issue('pfi')), clientCa: authority.cert } },
      async (frames) => {
        seen.push(...frames);
        return frames.map(() => ({ ack: Buffer.from('ok') }));
      },
    );
    const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-01-02') };
    const refused = [{}, await stranger.issue('gam'), await authority.issue('gam', past)];
    for (const identity of refused) {
      const peer = await tcpPeer(port, { ca: authority.cert, ...identity });
      peer.send(framed('refused'));
      await peer.closed;
    }
    const peer = await tcpPeer(port, { ca: authority.cert, ...(await authority.issue('GAM CHU-X')) });
    peer.send(framed('accepted'));
    await eventually(() => expect(peer.received().toString()).toBe(framed('ok').toString()));
    expect(seen).toHaveLength(1);
    expect(seen[0]?.clientCertificate?.subject).toBe('CN=GAM CHU-X');
    expect(seen[0]?.clientCertificate?.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    await eventually(() => expect(rejections.map(({ code }) => code)).toEqual(Array(3).fill('MLLP_TLS_REFUSED')));
  });

  it('refuses the connections of a peer above its share and takes new ones when it closes some', async () => {
    const { port } = await start({ maxConnectionsPerPeer: 2 });
    const kept = [await tcpPeer(port), await tcpPeer(port)] as const;
    const extra = await tcpPeer(port);
    await extra.closed;
    kept[0].destroy();
    await eventually(async () => {
      const again = await tcpPeer(port);
      again.send(framed('again'));
      await eventually(() => expect(again.received().toString()).toBe(acks('again')), { timeoutMs: 200, everyMs: 10 });
    });
  });

  it('stops reading above the memory bound, and every frame still arrives', async () => {
    const { port, strategy } = await start({ maxBufferedBytes: 300_000, frameTimeoutMs: 10_000 });
    const body = 'y'.repeat(400_000);
    const peers = await Promise.all(Array.from({ length: 8 }, () => tcpPeer(port)));
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, strategy.unwrap<{ bufferedBytes: number }>().bufferedBytes);
    }, 1);
    for (const peer of peers) peer.send(framed(body));
    await eventually(() => {
      for (const peer of peers) expect(peer.received().length).toBe(body.length + 7);
    });
    clearInterval(watch);
    expect(peak).toBeLessThan(300_000 + 2 * body.length + 8 * 65_536);
  });

  it('takes small messages while unfinished large ones fill the memory bound', async () => {
    const { port, strategy } = await start({ maxBufferedBytes: 300_000 });
    const full = () => strategy.unwrap<{ bufferedBytes: number }>().bufferedBytes > 300_000;
    const large = await Promise.all([tcpPeer(port), tcpPeer(port)]);
    for (const peer of large) peer.send(framed('y'.repeat(400_000)).subarray(0, -2));
    await eventually(() => expect(full()).toBe(true));
    const small = await tcpPeer(port);
    small.send(framed('one'));
    await eventually(() => expect(small.received().toString()).toBe(acks('one')));
    const two = framed('two');
    small.send(two.subarray(0, 3));
    small.send(two.subarray(3));
    await eventually(() => expect(small.received().toString()).toBe(acks('one', 'two')));
    expect(full()).toBe(true);
  });

  it('on close acks the batch that runs, drops the frames behind it unanswered and takes no new connection', async () => {
    const { batches, open, handle } = gate();
    const { port, app } = await start({}, handle);
    const stored = await tcpPeer(port);
    stored.send(framed('stored', 'behind'));
    await eventually(() => expect(batches).toHaveLength(1));
    const waiting = await tcpPeer(port);
    waiting.send(framed('unstored'));
    const idle = await tcpPeer(port);
    const closing = app.close();
    await idle.closed;
    await waiting.closed;
    await expect(tcpPeer(port)).rejects.toThrow('ECONNREFUSED');
    open();
    await closing;
    await stored.closed;
    expect(stored.received().toString()).toBe(acks('stored'));
    expect(waiting.received()).toHaveLength(0);
    expect(batches).toEqual([['stored']]);
  });

  it('says that the port is taken', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toThrow('EADDRINUSE');
  });
});
