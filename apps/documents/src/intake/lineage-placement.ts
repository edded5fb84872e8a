import { placeDocument, type KnownAliases, type KnownLineage } from '@pfi/documents-core';
import { v7 as uuidV7 } from 'uuid';
import type { KnownDocument, KnownIds, LineageAlias, LineageRow } from '../persistence/lineage.repository.js';
import type { IncomingDocument } from './incoming-document.js';

/** One message that asks for a document to be taken in. */
export interface Arrival {
  readonly messageId: string;
  readonly incoming: IncomingDocument;
}

/** A new document and its lineage. */
export interface Placed extends Arrival {
  readonly lineage: LineageRow;
  /** The lineage was known before this document. */
  readonly joins: boolean;
  readonly conflict: boolean;
  readonly unknownPredecessor: boolean;
}

/** What became of one incoming document. */
export type Recorded =
  | { readonly kind: 'recorded'; readonly documentId: string }
  /** The same document came before under another message: nothing new. */
  | { readonly kind: 'absorbed'; readonly documentId: string }
  /** A document that is known is to be withdrawn. */
  | { readonly kind: 'withdrawn'; readonly documentId: string }
  | { readonly kind: 'refused'; readonly code: string; readonly textFr: string };

/** Finds for each arrival its lineage, or why it is no new document. Arrivals of one batch see each other. */
export function placeArrivals(
  arrivals: readonly Arrival[],
  before: KnownIds,
): { readonly results: Recorded[]; readonly placed: Placed[] } {
  const known = new Ids(before);
  const placed: Placed[] = [];
  const results = arrivals.map((arrival): Recorded => {
    const { incoming } = arrival;
    const { claim, contentSha256, intent } = incoming;
    const same = known.document(claim.documentId);
    if (same && intent === 'withdraw') return { kind: 'withdrawn', documentId: same.documentId };
    // What was withdrawn before it came is not taken in any more.
    if (same && (same.contentSha256 === contentSha256 || same.withdrawn))
      return { kind: 'absorbed', documentId: same.documentId };
    const decision = placeDocument(intent, claim, known.aliases(incoming));
    if (decision.kind === 'refused') return { kind: 'refused', code: decision.code, textFr: decision.text };
    const one: Placed = {
      ...arrival,
      // A document in conflict keeps a lineage of its own until a person has decided.
      lineage: { id: decision.kind === 'joins' ? decision.lineageId : uuidV7(), owner: incoming.owner },
      joins: decision.kind === 'joins',
      conflict: decision.kind === 'conflict',
      unknownPredecessor: decision.kind !== 'conflict' && decision.unknownPredecessor,
    };
    placed.push(one);
    known.add(one);
    return { kind: 'recorded', documentId: incoming.id };
  });
  return { results, placed };
}

/** Under which ids a lineage is found again (design D11). */
export function aliasesOf({ incoming, lineage, conflict }: Placed): LineageAlias[] {
  const alias = (kind: LineageAlias['kind'], value: string | null): LineageAlias[] =>
    value ? [{ owner: lineage.owner, kind, value, lineageId: lineage.id }] : [];
  const own = alias('document', incoming.claim.documentId);
  return conflict ? own : [...own, ...alias('set', incoming.claim.setId), ...alias('parent', incoming.claim.parentId)];
}

/** The ids that are known, those of this batch included. */
class Ids {
  readonly #documents: Map<string, KnownDocument>;
  readonly #sets: Map<string, string>;
  readonly #awaited: Map<string, string>;
  readonly #versions: Map<string, readonly number[]>;

  constructor(before: KnownIds) {
    this.#documents = new Map(before.documents);
    this.#sets = new Map(before.sets);
    this.#awaited = new Map(before.awaited);
    this.#versions = new Map(before.versions);
  }

  document(id: string): KnownDocument | undefined {
    return this.#documents.get(id);
  }

  aliases({ claim }: IncomingDocument): KnownAliases {
    return {
      byDocumentId: this.lineage(this.#documents.get(claim.documentId)?.lineageId),
      bySetId: this.lineage(claim.setId ? this.#sets.get(claim.setId) : undefined),
      byParentId: this.lineage(claim.parentId ? this.#documents.get(claim.parentId)?.lineageId : undefined),
      awaitedBy: this.lineage(this.#awaited.get(claim.documentId)),
    };
  }

  add({ incoming, lineage, conflict }: Placed): void {
    const { claim, contentSha256, id, intent } = incoming;
    const document = { documentId: id, lineageId: lineage.id, contentSha256, withdrawn: intent === 'withdraw' };
    this.#documents.set(claim.documentId, document);
    if (conflict) return;
    if (claim.setId && !this.#sets.has(claim.setId)) this.#sets.set(claim.setId, lineage.id);
    if (claim.parentId && !this.#awaited.has(claim.parentId)) this.#awaited.set(claim.parentId, lineage.id);
    this.#versions.set(lineage.id, [...(this.#versions.get(lineage.id) ?? []), claim.version]);
  }

  private lineage(lineageId: string | undefined): KnownLineage | undefined {
    return lineageId === undefined ? undefined : { lineageId, versions: this.#versions.get(lineageId) ?? [] };
  }
}
