import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { workspaceRoot } from '../../workspace.js';
import type { FaultContext, Row } from '../row.js';

const preload = pathToFileURL(join(workspaceRoot, 'tools/dist/faults/clock-shift.js')).href;

const shifted: Row = {
  id: 'T-C1',
  what: 'the wall clock of a DMP gateway is an hour late, an hour early or ten seconds off, or jumps there and back while it works; alone, or beside others',
  recoverWithinS: 60,
  among: ['simple', 'late', 'replaced'],
  async disturb(context) {
    const { stack, instances, random, short, note } = context;
    const shiftMs = random.pick([3_600_000, -3_600_000, 10_000, -10_000]);
    const jumps = random.next() < 0.5;
    const alone = random.next() < 0.5;
    note(`clock ${jumps ? 'jumps' : 'is off'} by ${shiftMs / 1_000} s, ${alone ? 'alone' : 'beside others'}`);
    if (alone) for (const name of instances.of('dmp-gateway')) await stack.stop(name);
    const one = await stack.startReplica(
      'dmp-gateway',
      {
        NODE_OPTIONS: `--import ${preload}`,
        PFI_FAULT_CLOCK_SHIFT_MS: String(shiftMs),
        ...(jumps ? { PFI_FAULT_CLOCK_RIGHT_FIRST: '1' } : {}),
      },
      jumps ? 'ready' : 'live',
    );
    if (jumps) {
      await delay(random.between(0, 1_500));
      await stack.kill(one, 'SIGUSR2');
    }
    await becomes(context, one, 503);
    await delay(short ? 2_000 : 10_000);
    if (random.next() < 0.5) {
      await stack.kill(one, 'SIGUSR2');
      await becomes(context, one, 200);
    }
    await stack.stop(one);
    if (alone) for (const name of instances.of('dmp-gateway')) await stack.start(name);
  },
};

/** An instance says by itself whether its clock lets it work. */
async function becomes({ stack, fail }: FaultContext, name: string, status: 200 | 503): Promise<void> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const response = await fetch(`${stack.url(name)}/health/ready`);
    const { missing = [] } = (await response.json()) as { missing?: readonly string[] };
    if (response.status === status && (status === 200 || missing.includes('clock'))) return;
    if (performance.now() > deadline) return fail(`readiness of ${name} did not become ${status}`);
    await delay(100);
  }
}

export const clock: readonly Row[] = [shifted];
