import { setTimeout as delay } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import type { SentDocument } from '../demo/player/index.js';
import { AcceptedDeposits } from './accepted-deposits.js';
import type { Bench, Figure } from './bench.js';
import { HandedDocuments, untilStill } from './handed-documents.js';
import { Latencies } from './latencies.js';
import { seedIfAsked } from './seeded/seed.js';
import { SpanCosts } from './span-costs.js';

const CONNECTIONS = 32;

/** Documents through the whole house, into the simulated DMP. */
export const pipeline: Bench = {
  name: 'pipeline',
  what: 'documents handed over by MDM until the simulated DMP has accepted them: at full speed with so many under way, then paced',
  options: ['rows', 'documents', 'warm-up', 'under-way', 'bytes', 'rate', 'paced'],
  prepare: seedIfAsked,
  async run({ stack, options, signal }) {
    const bytes = options.number('bytes', 60_000);
    const documents = new HandedDocuments(stack, CONNECTIONS);
    const accepted = new AcceptedDeposits(`http://127.0.0.1:${stack.ports.simAdmin}`);
    /** When each document was acknowledged, by its uniqueId. */
    const acknowledged = new Map<string, number>();
    const write = () => documents.write(() => ({ minBytes: bytes }));
    const answers = new Latencies();
    const hand = async (document: SentDocument, connection: number) => {
      const began = performance.now();
      await documents.send(document, connection);
      answers.add(performance.now() - began);
      acknowledged.set(document.documentId, Date.now());
    };
    const reached = (count: number) =>
      untilStill(
        `${accepted.at.size} of ${count} documents accepted`,
        () => accepted.at.size,
        () => accepted.at.size >= count || signal.aborted,
      );

    /** Hands documents over with at most `underWay` that the DMP does not have yet, and measures the middle of it. */
    const atFullSpeed = async (warmUp: number, count: number, underWay: number): Promise<Figure[]> => {
      const total = warmUp + count + underWay;
      let sent = 0;
      const sending = Array.from({ length: CONNECTIONS }, async (_, connection) => {
        while (sent < total && !signal.aborted) {
          sent += 1;
          await reached(sent - underWay);
          await hand(write(), connection);
        }
      });
      const all = Promise.all(sending);
      await Promise.race([all, reached(warmUp)]);
      const before = accepted.at.size;
      const costs = await SpanCosts.begin(stack);
      await Promise.race([all, reached(before + count)]);
      const times = [...accepted.at.values()].slice(before).sort((a, b) => a - b);
      const figures = await costs.figures(times.length, 'document');
      await all;
      await reached(total);
      const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
      return [{ name: 'accepted', value: (times.length - 1) / seconds, unit: '/s', floor: { least: 60 } }, ...figures];
    };

    /** From the acknowledgement to the acceptance, with a pause between documents. */
    const paced = async (count: number, rate: number): Promise<Figure[]> => {
      const before = accepted.at.size;
      const ids: string[] = [];
      const written = Array.from({ length: count }, write);
      const began = Date.now();
      await Promise.all(
        written.map(async (document, place) => {
          await delay(Math.max(0, began + (place * 1000) / rate - Date.now()));
          await hand(document, place);
          ids.push(document.documentId);
        }),
      );
      await reached(before + count);
      const latencies = new Latencies();
      for (const id of ids) latencies.add((accepted.at.get(id) ?? Number.NaN) - (acknowledged.get(id) ?? Number.NaN));
      return latencies.figures(`acknowledged to accepted at ${rate}/s,`);
    };

    try {
      await documents.admitPatients();
      await accepted.begin();
      const full = await atFullSpeed(
        options.number('warm-up', 300),
        options.number('documents', 1_500),
        options.number('under-way', 256),
      );
      const refused = [...accepted.refused.values()].reduce((sum, count) => sum + count, 0);
      return [
        ...full,
        ...answers.figures('handed over to acknowledged,'),
        ...(await paced(options.number('paced', 200), options.number('rate', 20))),
        { name: 'answers other than acceptance', value: refused, unit: '' },
      ];
    } finally {
      await accepted.close();
      await documents.close();
    }
  },
};
