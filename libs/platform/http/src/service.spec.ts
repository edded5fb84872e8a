import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { createLogger } from '@pfi/platform-telemetry';
import { eventually } from '@pfi/platform-testing';
import { Public, startService as start, type RunningService, type ServiceOptions } from './index.js';
import { exitOnSignals } from './shutdown.js';

const journal: string[] = [];

class JournalStrategy extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    callback();
  }
  async close(): Promise<void> {
    if (!journal.includes('strategy')) journal.push('strategy');
  }
  on(): void {}
  unwrap<T>(): T {
    throw new Error('nothing inside');
  }
}

let release: () => void = () => undefined;

@Controller()
class SlowController {
  @Public()
  @Get('slow')
  async slow(): Promise<string> {
    await new Promise<void>((resolve) => (release = resolve));
    journal.push('request');
    return 'done';
  }
}

@Injectable()
class Provider implements OnModuleDestroy {
  onModuleDestroy(): void {
    journal.push('nest');
  }
}

@Module({ controllers: [SlowController], providers: [Provider] })
class ServiceModule {}

const logs: string[] = [];
const logger = createLogger('test', { destination: { write: (line) => void logs.push(line) } });
const base: ServiceOptions = {
  name: 'test',
  module: ServiceModule,
  logger,
  signals: false,
  config: { port: 0, host: '127.0.0.1', auth: { issuers: [] } },
};

const running: RunningService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

async function startService(options: ServiceOptions): Promise<RunningService> {
  const service = await start(options);
  running.push(service);
  return service;
}

describe('startService', () => {
  it('stops in order: not ready, requests and strategies finished, steps, Nest, database last', async () => {
    let closing: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (closing = resolve));
    const service = await startService({
      ...base,
      microservices: () => [new JournalStrategy()],
      shutdown: [
        { name: 'relay', stop: () => blocked.then(() => void journal.push('relay')) },
        { name: 'broken', stop: () => Promise.reject(new Error('CANARI')) },
        { name: 'jobs', stop: () => void journal.push('jobs') },
      ],
      database: { close: async () => void journal.push('database') },
    });
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    const answer = fetch(`${service.url}/slow`).then((response) => response.text());
    const openBefore = release;
    await eventually(() => expect(release).not.toBe(openBefore));
    const stopped = service.stop();
    expect(service.stop()).toBe(stopped);
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow();
    release();
    expect(await answer).toBe('done');
    closing();
    await stopped;
    expect(journal).toEqual(['strategy', 'request', 'relay', 'jobs', 'nest', 'database']);
    expect(logs.join()).toContain('"step":"broken"');
    expect(logs.join()).not.toContain('CANARI');
  });

  it('names the parts that are not ready, and nothing more', async () => {
    const service = await startService({
      ...base,
      readiness: { database: () => Promise.reject(new Error('CANARI')), kafka: () => undefined },
    });
    const response = await fetch(`${service.url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'down', missing: ['database'] });
  });

  it('closes connections beyond its limit, and serves those that are there', async () => {
    const service = await startService({ ...base, config: { ...base.config, maxConnections: 2 } });
    const port = Number(new URL(service.url).port);
    const open = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    await Promise.all(open.map((socket) => once(socket, 'connect')));
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow();
    const [first] = open;
    first?.write('GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n');
    expect(String((await once(first as Socket, 'data'))[0])).toContain('200 OK');
    for (const socket of open) socket.destroy();
    await eventually(async () => expect((await fetch(`${service.url}/health/live`)).status).toBe(200));
  });

  it('names a port that is taken, and closes what it had opened', async () => {
    const service = await startService(base);
    let closed = false;
    const second = startService({
      ...base,
      config: { ...base.config, port: Number(new URL(service.url).port) },
      database: { close: async () => void (closed = true) },
    });
    await expect(second).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      textFr: expect.stringContaining(new URL(service.url).port),
    });
    expect(closed).toBe(true);
  });
});

describe('exitOnSignals', () => {
  function target() {
    const exits: number[] = [];
    return { exits, target: Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) }) };
  }

  it('leaves with 0 after the stop', async () => {
    const process = target();
    exitOnSignals({ logger, limitMs: 60_000, stop: async () => undefined, target: process.target });
    process.target.emit('SIGTERM', 'SIGTERM');
    await eventually(() => expect(process.exits).toEqual([0]));
  });

  it('leaves with 1 at once on a second signal, past the limit, and on an unhandled rejection', async () => {
    const never = (): Promise<void> => new Promise(() => undefined);
    const twice = target();
    exitOnSignals({ logger, limitMs: 60_000, stop: never, target: twice.target });
    twice.target.emit('SIGTERM', 'SIGTERM');
    twice.target.emit('SIGINT', 'SIGINT');
    expect(twice.exits).toEqual([1]);
    const slow = target();
    exitOnSignals({ logger, limitMs: 10, stop: never, target: slow.target });
    slow.target.emit('SIGTERM', 'SIGTERM');
    await eventually(() => expect(slow.exits).toEqual([1]));
    const broken = target();
    exitOnSignals({ logger, limitMs: 10, stop: never, target: broken.target });
    broken.target.emit('unhandledRejection', new Error('CANARI'));
    expect(broken.exits).toEqual([1]);
  });
});
