import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { services } from '../stack/environment.js';
import { shortDelays } from '../stack/short-delays.js';
import type { Bench, Figure } from './bench.js';
import { HandedDocuments } from './handed-documents.js';
import { ProcessCosts, type ProcessCost } from './process-costs.js';
import { IN_TIME, ratesOf, steadyTraffic, trafficFigures } from './steady-traffic.js';

const CONNECTIONS = 32;
const SAMPLE_MS = 5_000;
const RSS_MB = 512;
/** A last quarter that holds more than this much more than the second one still grows. */
const FLAT = 1.1;

/** A long time at half rate: whatever grows shows. */
export const steady: Bench = {
  name: 'steady',
  what: 'admissions, documents for the DMP (half of what the pipeline is asked for) and mails, for a long time: memory of each service by quarter',
  options: ['minutes', 'admissions', 'rate', 'mails', 'bytes'],
  settings: shortDelays,
  async run({ stack, options, say, signal }) {
    const minutes = options.number('minutes', 30);
    const rates = ratesOf(options, { admissions: 100, documents: 30, mails: 2 });
    const hospitals = new HandedDocuments(stack, CONNECTIONS);
    try {
      await hospitals.admitPatients();
      const costs = new ProcessCosts(stack);
      const samples: ProcessCost[][] = [];
      const ends = AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)]);
      const traffic = steadyTraffic(hospitals, rates, ends);
      const began = performance.now();
      while (!ends.aborted) {
        await delay(SAMPLE_MS, undefined, { signal: ends }).catch(() => undefined);
        samples.push(costs.since());
        if (samples.length % 60 === 0)
          say(`${Math.round((performance.now() - began) / 60_000)} min: ${told(samples.at(-1) ?? [])}`);
      }
      return [
        ...trafficFigures('all along,', await traffic, IN_TIME),
        ...services.flatMap((name) => memory(name, samples)),
      ];
    } finally {
      await hospitals.close();
    }
  },
};

function memory(name: string, samples: readonly (readonly ProcessCost[])[]): Figure[] {
  const all = samples.map((costs) => costs.find((one) => one.name === name)?.rssMb ?? 0);
  const quarter = (number: number): number => {
    const of = all.slice(Math.floor((all.length * number) / 4), Math.floor((all.length * (number + 1)) / 4));
    return of.reduce((sum, mb) => sum + mb, 0) / Math.max(of.length, 1);
  };
  return [
    { name: `memory of ${name}, most`, value: Math.max(...all), unit: 'MB', floor: { most: RSS_MB } },
    { name: `memory of ${name}, second quarter`, value: quarter(1), unit: 'MB' },
    { name: `memory of ${name}, last quarter`, value: quarter(3), unit: 'MB', floor: { most: FLAT * quarter(1) } },
  ];
}

const told = (costs: readonly ProcessCost[]): string =>
  costs.map(({ name, rssMb }) => `${name} ${Math.round(rssMb)} MB`).join(', ');
