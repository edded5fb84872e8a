import { placeInitial, type KnownAliases } from '@pfi/documents-core';
import { v7 as uuidV7 } from 'uuid';
import type { KnownIds, LineageAlias, LineageRow } from '../persistence/lineage.repository.js';
import type { IncomingDocument } from './incoming-document.js';

/** One message that asks for a document to be taken in. */
export interface Arrival {
  readonly messageId: string;
  readonly incoming: IncomingDocument;
  /** Of the content, lower-case hexadecimal. */
  readonly sha256: string;
}

/** A new document and its lineage. */
export interface Placed extends Arrival {
  readonly lineage: LineageRow;
  readonly conflict: boolean;
  readonly unknownPredecessor: boolean;
}

/** What became of one incoming document. */
export type Recorded =
  | { readonly kind: 'recorded'; readonly documentId: string }
  /** The same document came before under another message: nothing new. */
  | { readonly kind: 'absorbed'; readonly documentId: string }
  | { readonly kind: 'refused'; readonly code: string; readonly textFr: string };

/** Finds for each arrival its lineage, or why it is no new document. Arrivals of one batch see each other. */
export function placeArrivals(
  arrivals: readonly Arrival[],
  before: KnownIds,
): { readonly results: Recorded[]; readonly placed: Placed[] } {
  const documents = new Map(before.documents);
  const sets = new Map(before.sets);
  const placed: Placed[] = [];
  const results = arrivals.map((arrival): Recorded => {
    const { incoming, sha256 } = arrival;
    const { claim } = incoming;
    const same = documents.get(claim.documentId);
    if (same && same.contentSha256 === sha256) return { kind: 'absorbed', documentId: same.documentId };
    const decision = placeInitial(claim, aliasesIn({ documents, sets }, incoming));
    if (decision.kind === 'refused') return { kind: 'refused', code: decision.code, textFr: decision.text };
    // A document in conflict keeps a lineage of its own until a person has decided.
    const lineage = { id: uuidV7(), owner: incoming.owner, lastVersion: claim.version };
    const conflict = decision.kind === 'conflict';
    const unknownPredecessor = decision.kind === 'new' && decision.unknownPredecessor;
    placed.push({ ...arrival, lineage, conflict, unknownPredecessor });
    documents.set(claim.documentId, { documentId: incoming.id, lineageId: lineage.id, contentSha256: sha256 });
    if (claim.setId && !conflict) sets.set(claim.setId, { lineageId: lineage.id, versions: [claim.version] });
    return { kind: 'recorded', documentId: incoming.id };
  });
  return { results, placed };
}

/** Under which ids a new lineage is found again (design D11). */
export function aliasesOf({ incoming, lineage, conflict }: Placed): LineageAlias[] {
  const alias = (kind: LineageAlias['kind'], value: string | null): LineageAlias[] =>
    value ? [{ owner: lineage.owner, kind, value, lineageId: lineage.id }] : [];
  const own = alias('document', incoming.claim.documentId);
  return conflict ? own : [...own, ...alias('set', incoming.claim.setId), ...alias('parent', incoming.claim.parentId)];
}

function aliasesIn(known: KnownIds, { claim }: IncomingDocument): KnownAliases {
  const set = claim.setId ? known.sets.get(claim.setId) : undefined;
  return {
    byDocumentId: known.documents.get(claim.documentId)?.lineageId,
    bySetId: set?.lineageId,
    byParentId: claim.parentId ? known.documents.get(claim.parentId)?.lineageId : undefined,
    versionsOfSet: set?.versions ?? [],
  };
}
