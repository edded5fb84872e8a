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
