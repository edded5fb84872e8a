import type { DocumentOptions } from '../demo/player/index.js';
import type { BenchOptions, Figure } from './bench.js';
import { byMail, type HandedDocuments } from './handed-documents.js';
import { underLoad, type LoadResult } from './load.js';

const kinds = ['admissions', 'documents', 'mails'] as const;

/** Messages a second (`documents` leave for the DMP, `mails` are documents that leave by MSSanté), and bytes of a document. */
export type Rates = Readonly<Record<(typeof kinds)[number] | 'bytes', number>>;

export type SteadyResult = Readonly<Record<(typeof kinds)[number], LoadResult>>;

const SENDERS = 16;
/** What these waits must not miss. */
export const IN_TIME = { p99: { most: 300 } } as const;

/** As the options `--admissions --rate --mails --bytes` say. */
export const ratesOf = (options: BenchOptions, byDefault: Omit<Rates, 'bytes'>): Rates => ({
  admissions: options.number('admissions', byDefault.admissions),
  documents: options.number('rate', byDefault.documents),
  mails: options.number('mails', byDefault.mails),
  bytes: options.number('bytes', 60_000),
});

/** Rates and waits. */
export function trafficFigures(when: string, traffic: SteadyResult, bounds: Partial<typeof IN_TIME> = {}): Figure[] {
  return kinds
    .filter((kind) => traffic[kind].latencies.count > 0)
    .flatMap((kind) => [
      { name: `${when} ${kind}`, value: traffic[kind].perSecond, unit: '/s' },
      ...traffic[kind].latencies.figures(`${when} ack of ${kind}`, bounds),
    ]);
}

/** Admissions and documents at their pace, until `signal`. */
export async function steadyTraffic(
  hospitals: HandedDocuments,
  rates: Rates,
  signal: AbortSignal,
): Promise<SteadyResult> {
  const paced = (rate: number, send: (sender: number) => Promise<void>) =>
    underLoad({ senders: SENDERS, messages: rate > 0 ? Number.POSITIVE_INFINITY : 0, rate, signal }, (_, sender) =>
      send(sender),
    );
  const handedOver = (rate: number, more: DocumentOptions = {}) =>
    paced(rate, (sender) => {
      const document = hospitals.write(() => ({ minBytes: rates.bytes, ...more }));
      return hospitals.send(document, sender);
    });
  const [admissions, documents, mails] = await Promise.all([
    paced(rates.admissions, (sender) => hospitals.update(sender)),
    handedOver(rates.documents),
    handedOver(rates.mails, byMail),
  ]);
  return { admissions, documents, mails };
}
