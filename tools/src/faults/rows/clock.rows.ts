import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { workspaceRoot } from '../../workspace.js';
import type { Row } from '../row.js';

const preload = pathToFileURL(join(workspaceRoot, 'tools/dist/faults/clock-shift.js')).href;

const shifted: Row = {
  id: 'T-C1',
  what: 'the wall clock of the DMP gateway is an hour late, an hour early, or ten seconds off',
  recoverWithinS: 120,
  among: ['simple', 'late', 'replaced'],
  async disturb({ stack, instances, random, short, note }) {
    const shiftMs = random.pick([3_600_000, -3_600_000, 10_000, -10_000]);
    note(`clock off by ${shiftMs / 1_000} s`);
    for (const name of instances.of('dmp-gateway')) await stack.stop(name);
    const other = await stack.startReplica('dmp-gateway', {
      NODE_OPTIONS: `--import ${preload}`,
      PFI_FAULT_CLOCK_SHIFT_MS: String(shiftMs),
    });
    await delay(short ? 2_000 : 10_000);
    await stack.stop(other);
    for (const name of instances.of('dmp-gateway')) await stack.start(name);
  },
};

export const clock: readonly Row[] = [shifted];
