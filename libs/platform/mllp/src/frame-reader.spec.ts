import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrameFault, FrameReader, wrapFrame } from './frame-reader.js';

function readAll(reader: FrameReader, chunks: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame);
  }
  return frames;
}

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof FrameFault ? error.code : String(error);
  }
  return 'none';
}

describe('FrameReader', () => {
  it('gives back every message, wherever the stream is cut', () => {
    const messages = fc.array(
      fc
        .uint8Array({ maxLength: 40 })
        .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0b && byte !== 0x1c))),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 50 }), (expected, size) => {
        const stream = Buffer.concat(expected.map(wrapFrame));
        expect(readAll(new FrameReader(1000), cut(stream, size))).toEqual(expected);
      }),
    );
  });

  it('keeps a lone 0x1C as data, also at the end of a chunk', () => {
    const message = Buffer.from('MSH|a\x1cb\x1c\x1cc');
    for (let size = 1; size < 16; size++) {
      expect(readAll(new FrameReader(100), cut(wrapFrame(message), size))).toEqual([message]);
    }
  });

  it('reads a frame of 50 MB in chunks of 64 kB holding it once', () => {
    const message = Buffer.alloc(50 * 1024 * 1024, 'x');
    const reader = new FrameReader(message.length);
    const [frame] = readAll(reader, cut(wrapFrame(message), 65_536));
    expect(frame?.equals(message)).toBe(true);
    expect(reader.buffered).toBe(0);
  });

  it('holds a frame sent byte by byte in few buffers', () => {
    const message = Buffer.alloc(1024 * 1024, 'x');
    const before = process.memoryUsage().heapUsed;
    const reader = new FrameReader(message.length);
    const stream = wrapFrame(message);
    for (let at = 0; at < stream.length - 1; at++) {
      reader.push(Buffer.from(stream.subarray(at, at + 1)));
      reader.next();
    }
    expect(reader.buffered).toBe(message.length);
    reader.push(stream.subarray(-1));
    expect(reader.next()?.length).toBe(message.length);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('accepts exactly the limit and refuses one byte more, wherever the stream is cut', () => {
    for (const size of [1, 7, 11, 12, 13, 100]) {
      const limit = 10;
      expect(readAll(new FrameReader(limit), cut(wrapFrame(Buffer.alloc(limit, 'x')), size))).toHaveLength(1);
      const tooLarge = cut(wrapFrame(Buffer.alloc(limit + 1, 'x')), size);
      expect(faultOf(() => readAll(new FrameReader(limit), tooLarge))).toBe('MLLP_FRAME_TOO_LARGE');
    }
  });

  it('tolerates line ends between two frames, but nothing else, and nothing before the first', () => {
    const frame = wrapFrame(Buffer.from('a'));
    expect(readAll(new FrameReader(10), [frame, Buffer.from('\r\n'), frame])).toHaveLength(2);
    expect(faultOf(() => readAll(new FrameReader(10), [frame, Buffer.from(' '), frame]))).toBe('MLLP_PROTOCOL');
    expect(faultOf(() => readAll(new FrameReader(10), [Buffer.from('\r'), frame]))).toBe('MLLP_PROTOCOL');
  });

  it('refuses a second start block inside a frame', () => {
    expect(faultOf(() => readAll(new FrameReader(10), [Buffer.from('\x0bab\x0bcd')]))).toBe('MLLP_PROTOCOL');
    expect(faultOf(() => readAll(new FrameReader(10), [Buffer.from('\x0bab\x0bcd\x1c\r')]))).toBe('MLLP_PROTOCOL');
  });

  it('gives the first bytes of the unfinished frame', () => {
    const reader = new FrameReader(100);
    readAll(reader, [Buffer.from('\x0babc'), Buffer.from('def')]);
    expect(reader.head(5).toString()).toBe('\x0babcd');
    expect(reader.head(100).toString()).toBe('\x0babcdef');
    readAll(reader, [Buffer.from('g\x1c\r')]);
    expect(reader.head(5)).toHaveLength(0);
  });
});
