import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '../stack/stack.js';
import { AcceptedDeposits } from './accepted-deposits.js';
import type { Bench, Figure } from './bench.js';
import { HandedDocuments, untilStill } from './handed-documents.js';

const VICTIMS = ['identity', 'documents', 'dmp-gateway'] as const;
const LIMIT = { most: 15_000 };

/** How long documents wait when a service is killed under a steady flow. */
export const recovery: Bench = {
  name: 'recovery',
  what: 'kill -9 of a service while documents come steadily: the longest time from handing one over to its acceptance by the DMP, and none is lost',
  options: ['rate', 'seconds', 'bytes'],
  async run({ stack, options, signal, say }) {
    const rate = options.number('rate', 10);
    const bytes = options.number('bytes', 60_000);
    const seconds = options.number('seconds', 20);
    const accepted = new AcceptedDeposits(`http://127.0.0.1:${stack.ports.simAdmin}`);
    const documents = new HandedDocuments(stack, 8, 50);
    try {
      await documents.admitPatients();
      await accepted.begin();
      const figures: Figure[] = [];
      for (const victim of VICTIMS) {
        say(`  kill -9 of ${victim}`);
        figures.push(...(await afterKill(stack, victim)));
      }
      return figures;
    } finally {
      await accepted.close();
      await documents.close();
    }

    async function afterKill(of: Stack, victim: string): Promise<Figure[]> {
      const handed = new Map<string, number>();
      const began = Date.now();
      const count = rate * seconds;
      let killed = 0;
      await Promise.all(
        Array.from({ length: count }, async (_, place) => {
          await delay(Math.max(0, began + (place * 1000) / rate - Date.now()));
          if (place === Math.floor(count / 4)) {
            killed = Date.now();
            await of.kill(victim, 'SIGKILL');
          }
          const document = documents.write(() => ({ minBytes: bytes }));
          handed.set(document.documentId, Date.now());
          // As a hospital's application does: the same message again until it is acknowledged.
          for (let sent = false; !sent && !signal.aborted;)
            sent = await documents.send(document, place).then(
              () => true,
              () => delay(200, false),
            );
        }),
      );
      const missing = () => [...handed.keys()].filter((id) => !accepted.at.has(id)).length;
      await untilStill(`${missing()} documents after a kill of ${victim}`, missing, () => missing() === 0);
      const waits = [...handed].map(([id, at]) => (accepted.at.get(id) ?? 0) - at);
      const back = Math.min(
        ...[...handed.keys()].map((id) => accepted.at.get(id) ?? 0).filter((at) => at > killed + 1_000),
      );
      return [
        { name: `${victim} killed: longest wait of a document`, value: Math.max(...waits), unit: 'ms', floor: LIMIT },
        { name: `${victim} killed: documents accepted again after`, value: back - killed, unit: 'ms', floor: LIMIT },
      ];
    }
  },
};
