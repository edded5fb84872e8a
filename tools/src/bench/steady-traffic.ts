import type { BenchOptions, Figure } from './bench.js';
import type { HandedDocuments } from './handed-documents.js';
import { underLoad, type LoadResult } from './load.js';

/** Messages a second, and bytes of a document. */
export interface Rates {
  readonly admissions: number;
  readonly documents: number;
  readonly bytes: number;
}

export interface SteadyResult {
  readonly admissions: LoadResult;
  readonly documents: LoadResult;
}

const SENDERS = 16;
/** What these waits must not miss. */
export const IN_TIME = { p99: { most: 300 } } as const;

/** As the options `--admissions --rate --bytes` say. */
export const ratesOf = (options: BenchOptions, byDefault: Omit<Rates, 'bytes'>): Rates => ({
  admissions: options.number('admissions', byDefault.admissions),
  documents: options.number('rate', byDefault.documents),
  bytes: options.number('bytes', 60_000),
});

/** Rates and waits. */
export function trafficFigures(when: string, traffic: SteadyResult, bounds: Partial<typeof IN_TIME> = {}): Figure[] {
  return (['admissions', 'documents'] as const).flatMap((kind) => [
    { name: `${when} ${kind}`, value: traffic[kind].perSecond, unit: '/s' },
    ...traffic[kind].latencies.figures(`${when} ack of ${kind}`, bounds),
  ]);
}

/** Admissions and documents at their pace, until `signal`. */
export async function steadyTraffic(
  hospitals: HandedDocuments,
  { admissions, documents, bytes }: Rates,
  signal: AbortSignal,
): Promise<SteadyResult> {
  const paced = (rate: number, send: (sender: number) => Promise<void>) =>
    underLoad({ senders: SENDERS, messages: Number.POSITIVE_INFINITY, rate, signal }, (_, sender) => send(sender));
  const [ofAdmissions, ofDocuments] = await Promise.all([
    paced(admissions, (sender) => hospitals.update(sender)),
    paced(documents, (sender) =>
      hospitals.send(
        hospitals.write(() => ({ minBytes: bytes })),
        sender,
      ),
    ),
  ]);
  return { admissions: ofAdmissions, documents: ofDocuments };
}
