import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { end, identify, isAlive, signal } from './process-identity.js';

const spawnIdle = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1 << 30)'], { stdio: 'ignore' });

describe('the identity of a process', () => {
  it('is the same while the process lives', () => {
    const identity = identify(process.pid);
    expect(identity).toBeDefined();
    expect(identify(process.pid)).toEqual(identity);
  });

  it('does not fit another process that took over its number', () => {
    expect(isAlive({ pid: process.pid, startedAt: 'another moment' })).toBe(false);
  });

  it('never lets a signal reach a process that took over its number', async () => {
    const child = spawnIdle();
    signal({ pid: child.pid ?? 0, startedAt: 'another moment' }, 'SIGKILL');
    expect(child.exitCode ?? child.signalCode).toBeNull();
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await exit)[1]).toBe('SIGTERM');
  });

  it('ends a process that ignores the first signal with the next', async () => {
    const script = "process.on('SIGTERM', () => {}); process.stdout.write('on'); setInterval(() => {}, 1 << 30)";
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const identity = identify(child.pid ?? 0);
    if (!identity) throw new Error('the child is not there');
    const exit = once(child, 'exit');
    await end(identity, [
      ['SIGTERM', 100],
      ['SIGKILL', 5_000],
    ]);
    expect((await exit)[1]).toBe('SIGKILL');
    expect(isAlive(identity)).toBe(false);
  });
});
