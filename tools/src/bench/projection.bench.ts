import { performance } from 'node:perf_hooks';
import { day } from '../demo/day.js';
import { LiveStage, until } from '../demo/live-stage.js';
import { admitted, discharged, letter } from '../demo/stories/stay.js';
import { StackFault } from '../stack/stack-fault.js';
import type { Bench } from './bench.js';
import { Latencies } from './latencies.js';

const LIMIT = { p95: { most: 2_000 } };
const POLL_MS = 5;

/** How far the indicators are behind what happened. */
export const projection: Bench = {
  name: 'projection',
  what: 'from an acknowledged discharge, and from a deposit that documents shows, to the rate that counts it; one stay at a time',
  options: ['samples'],
  async run({ stack, options, signal }) {
    const place = day[0]?.place;
    if (!place) throw new StackFault('the demonstration has no place of care');
    const stage = new LiveStage(stack);
    const rate = async () => {
      const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Paris' });
      const found = (await stage.api.indicators({ from: today, to: today })).find(({ code }) => code === 'DS1.1');
      return { numerator: found?.numerator ?? 0, denominator: found?.denominator ?? 0 };
    };
    const [counted, served] = [new Latencies(), new Latencies()];
    try {
      for (let sample = 0; sample < options.number('samples', 30) && !signal.aborted; sample += 1) {
        const before = await rate();
        const stay = await admitted(stage, place);
        await discharged(stay);
        counted.add(await timed(async () => (await rate()).denominator > before.denominator));
        const sent = letter(stay, { insInCda: stay.patient.ins });
        await stage.document(sent.message);
        await stage.seen(sent.controlId, { dmp: 'delivered' });
        served.add(await timed(async () => (await rate()).numerator > before.numerator));
      }
    } finally {
      await stage.close();
    }
    return [
      ...counted.figures('discharge acknowledged, then counted', LIMIT),
      ...served.figures('deposit shown, then counted as served', LIMIT),
    ];
  },
};

async function timed(holds: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  await until('le taux compte cet événement', holds, POLL_MS);
  return performance.now() - began;
}
