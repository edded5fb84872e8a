import type { FaultContext } from '../row.js';

/** Demands that every instance which runs now outlives `disturb`. */
export async function nobodyDies(
  { stack, instances, fail }: FaultContext,
  disturb: () => Promise<void>,
): Promise<void> {
  const starts = () => new Map(instances.all.map((name) => [name, stack.restarts(name)]));
  const before = starts();
  await disturb();
  for (const [name, count] of starts()) if (count !== before.get(name)) fail(`${name} ended meanwhile`);
}
