import { Simulator } from '../demo/player/index.js';
import { shortDelays } from '../stack/short-delays.js';
import { AcceptedDeposits } from './accepted-deposits.js';
import type { Bench } from './bench.js';
import { HandedDocuments, untilStill } from './handed-documents.js';
import { underLoad } from './load.js';
import { IN_TIME, ratesOf, steadyTraffic, trafficFigures } from './steady-traffic.js';

const CONNECTIONS = 32;
const ALONE_MS = 20_000;

/** What waited for the DMP leaves while the hospital goes on. */
export const backlog: Bench = {
  name: 'backlog',
  what: 'documents that waited for the DMP leave once it is back, while admissions and documents keep coming at their pace',
  options: ['documents', 'bytes', 'admissions', 'rate', 'mails'],
  settings: shortDelays,
  async run({ stack, options, say, signal }) {
    const count = options.number('documents', 20_000);
    const rates = ratesOf(options, { admissions: 200, documents: 20, mails: 0 });
    const hospitals = new HandedDocuments(stack, CONNECTIONS);
    const accepted = new AcceptedDeposits(`http://127.0.0.1:${stack.ports.simAdmin}`);
    const simulator = new Simulator(stack.ports.simAdmin);
    const write = () => hospitals.write(() => ({ minBytes: rates.bytes }));
    try {
      await hospitals.admitPatients();
      // A timeout that nobody but `any` knows of is collected as garbage, and never comes.
      const over = new AbortController();
      setTimeout(() => over.abort(), ALONE_MS).unref();
      const alone = await steadyTraffic(hospitals, rates, AbortSignal.any([signal, over.signal]));
      await accepted.begin();
      const fault = await simulator.fault({ target: 'dmp', kind: 'down' });
      const waiting = await underLoad({ senders: CONNECTIONS, messages: count, signal }, (_, sender) =>
        hospitals.send(write(), sender),
      );
      say(`${count} documents wait, taken in at ${Math.round(waiting.perSecond)}/s`);
      await simulator.endFault(fault);
      const drained = new AbortController();
      const beside = steadyTraffic(hospitals, rates, AbortSignal.any([signal, drained.signal]));
      await untilStill(
        `${accepted.at.size} of ${count} documents accepted`,
        () => accepted.at.size,
        () => accepted.at.size >= count || signal.aborted,
      ).finally(() => drained.abort());
      const result = await beside;
      const { seconds } = result.admissions;
      return [
        { name: 'left a second, new ones included', value: accepted.at.size / seconds, unit: '/s' },
        { name: 'until as many as had waited had left', value: seconds, unit: 's' },
        ...trafficFigures('alone,', alone),
        ...trafficFigures('while they leave,', result, IN_TIME),
      ];
    } finally {
      await accepted.close();
      await hospitals.close();
    }
  },
};
