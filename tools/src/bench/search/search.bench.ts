import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { Client } from 'pg';
import { PlatformApi } from '../../demo/player/index.js';
import { workspaceRoot } from '../../workspace.js';
import type { Bench, Figure } from '../bench.js';
import { Latencies } from '../latencies.js';
import { seed } from '../seeded/seed.js';
import { documentPages, draw, indicatorPages } from './pages.js';

/** p95 of a page, in ms, on 100 000 documents as on 1 000 000. */
const LIMIT = { p95: { most: 200 } };

/** Somebody of the group, and somebody of one establishment, whom row-level security shows less; those of `clients.json`. */
const group = { id: 'bench-group', secret: 'bench-group' };
const establishment = { id: 'bench-establishment', secret: 'bench-establishment', finess: '990000127' };

/** How long the pages of the console take on many documents. */
export const search: Bench = {
  name: 'search',
  what: 'pages of the console, one reader at a time, on a year of documents of the whole group',
  options: ['rows', 'samples', 'only'],
  settings: { PFI_SIM_OIDC_CLIENTS_FILE: join(workspaceRoot, 'tools/src/bench/search/clients.json') },
  prepare: (run) => seed(run, run.options.number('rows', 100_000)),
  async run({ stack, options, signal }) {
    const admin = new Client({ connectionString: stack.adminUrl });
    await admin.connect();
    const samples = options.number('samples', 100);
    const only = options.text('only', '');
    try {
      const all = new PlatformApi(stack.ports, group);
      const one = new PlatformApi(stack.ports, establishment);
      const pages = [
        ...documentPages('group', all, await draw(admin)),
        ...documentPages('establishment', one, await draw(admin, establishment.finess)),
        ...indicatorPages('group', all),
        ...indicatorPages('establishment', one),
      ].filter(({ name }) => name.includes(only));
      const figures: Figure[] = [];
      for (const page of pages) {
        signal.throwIfAborted();
        const latencies = new Latencies();
        // Plans are chosen and connections opened before anything is measured.
        for (let sample = 0; sample < Math.ceil(samples / 5); sample += 1) await page.ask(samples + sample);
        for (let sample = 0; sample < samples; sample += 1) {
          const began = performance.now();
          await page.ask(sample);
          latencies.add(performance.now() - began);
        }
        figures.push(...latencies.figures(page.name, LIMIT));
      }
      return figures;
    } finally {
      await admin.end();
    }
  },
};
