import type { Fault } from '../../demo/player/index.js';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultContext, Row } from '../row.js';

/** Sets faults, lets traffic meet them, and ends them. */
async function during(context: FaultContext, faults: readonly Fault[], ms: number): Promise<void> {
  const { simulator, note } = context;
  const ids = await Promise.all(faults.map((fault) => simulator.fault(fault)));
  await delay(ms);
  const applied = await Promise.all(ids.map((id) => simulator.timesApplied(id)));
  await Promise.all(ids.map((id) => simulator.endFault(id)));
  faults.forEach(({ kind, code, stage }, at) =>
    note([kind, code, stage, `met ${applied[at]} times`].filter(Boolean).join(' ')),
  );
}

const answersLost: Row = {
  id: 'T-D3',
  what: 'the DMP takes a deposit and its answer is lost, for all or for some',
  recoverWithinS: 60,
  among: ['simple', 'late', 'replaced', 'withdrawn', 'reported', 'deposited'],
  disturb: (context) =>
    during(
      context,
      [
        {
          ...{ target: 'dmp', kind: 'commit-then-drop', match: { operation: 'iti-41' } },
          ...(context.random.next() < 0.5 ? {} : { times: context.random.between(1, 6) }),
        },
      ],
      context.short ? 3_000 : 8_000,
    ),
};

export const destinations: readonly Row[] = [answersLost];
