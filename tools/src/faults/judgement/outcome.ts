import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { PlatformApi, Simulator } from '../../demo/player/index.js';
import type { Traffic } from '../traffic/traffic.js';
import type { Effects } from './verdict.js';

export interface Observed {
  readonly api: PlatformApi;
  readonly simulator: Simulator;
  /** As the superuser: waiting asks the tables, what is judged comes from outside. */
  readonly admin: () => Promise<Client>;
}

/** Everything that was told has come to an end, and what had to be said of it was said. */
const UNSETTLED = `
  SELECT (SELECT count(*) FROM documents.delivery d JOIN documents.document f ON f.id = d.document_id
          WHERE f.document_oid = ANY($1) AND d.state IN ('held', 'pending', 'sent')) AS deliveries,
         (SELECT count(*) FROM unnest($1::text[]) AS o (oid)
          WHERE NOT EXISTS (SELECT FROM documents.document f WHERE f.document_oid = oid)) AS missing,
         (SELECT count(*) FROM documents.job WHERE queue = 'zam' AND state IN ('ready', 'running')) AS answers`;

/** Ids of the documents that a traffic told of. */
export function documentIds({ told, receipts }: Traffic): string[] {
  const deposited = receipts.flatMap(({ documentId }) => documentId ?? []);
  return [...told.flatMap(({ documents }) => documents.flatMap(({ documentId }) => documentId ?? [])), ...deposited];
}

/** Resolves with true once nothing of a traffic is under way any more; false when that did not come in time. */
export async function settled(of: Observed, ids: readonly string[], withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = await unsettled(of, ids).catch(() => undefined);
    if (left === 0) return true;
    if (performance.now() > deadline) return false;
    await delay(500);
  }
}

async function unsettled(of: Observed, ids: readonly string[]): Promise<number> {
  const client = await of.admin();
  try {
    const { rows } = await client.query<{ deliveries: string; missing: string; answers: string }>(UNSETTLED, [ids]);
    const { deliveries = '1', missing = '1', answers = '1' } = rows[0] ?? {};
    return Number(deliveries) + Number(missing) + Number(answers);
  } finally {
    await client.end();
  }
}

/** Insists: while one run is judged, the next one may disturb what is asked. */
export async function effectsOf(of: Observed, ids: readonly string[], since: Date): Promise<Effects> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      return await readEffects(of, ids, since);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(1_000);
    }
  }
}

async function readEffects(of: Observed, ids: readonly string[], since: Date): Promise<Effects> {
  const wanted = new Set(ids);
  const [documents, entries, mails, zams, ledgerImbalance] = await Promise.all([
    of.api.documents({ from: new Date(since.getTime() - 5_000).toISOString() }),
    of.simulator.entries(),
    of.simulator.mails(),
    of.simulator.zams(),
    evenLedger(of),
  ]);
  const ours = documents.filter(({ documentId }) => wanted.has(documentId));
  const controlIds = new Set(ours.map(({ controlId }) => controlId));
  return {
    documents: ours,
    entries: entries.filter(({ uniqueId }) => wanted.has(uniqueId)),
    mails,
    zams: zams.filter(({ originalControlId }) => controlIds.has(originalControlId)),
    ledgerImbalance,
  };
}

/** What the ledger says; a fault that a check has still to take back is given the time of some checks. */
async function evenLedger({ api }: Observed): Promise<number> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const imbalance = await api.ledgerImbalance();
    if (imbalance === 0 || performance.now() > deadline) return imbalance;
    await delay(1_000);
  }
}
