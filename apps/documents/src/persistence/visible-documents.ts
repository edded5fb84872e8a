import type { DocumentState } from '@pfi/documents-core';
import type { Tx } from '@pfi/platform-postgres';

/** Every state, as the indexes are ordered: what is asked of all documents is asked state by state. */
const KNOWN: Readonly<Record<DocumentState, true>> = {
  withdrawn: true,
  abandoned: true,
  parked: true,
  held: true,
  'in-delivery': true,
  delivered: true,
  'partly-delivered': true,
  refused: true,
  'not-sent': true,
};
export const STATES = Object.keys(KNOWN) as readonly DocumentState[];

/** Values of a statement; `add` gives the place of one. */
export class Values {
  readonly all: unknown[] = [];

  add(value: unknown): string {
    this.all.push(value);
    return `$${this.all.length}`;
  }
}

export interface Visible {
  readonly states?: readonly string[] | undefined;
  /** On columns of `document` that its indexes by owner hold: source, received_at, id. */
  readonly conditions?: readonly string[];
  /** Place of the number of newest documents that are wanted; all without one. */
  readonly limit?: string;
}

/**
 * SQL of the id, state and reception of the documents that the transaction's scopes may see, each once, in no order; with a limit, at
 * least those of the newest. An index-only scan for each owner or establishment and state, whatever others hold: row-level security
 * still decides, but has nothing to hide.
 */
export function visibleDocuments(tx: Tx, values: Values, { states = STATES, conditions = [], limit }: Visible): string {
  const state = values.add(states);
  const owners = values.add(tx.scopes);
  const establishments = values.add(
    tx.scopes.filter((scope) => scope.startsWith('eg:')).map((scope) => scope.slice('eg:'.length)),
  );
  const newest = limit === undefined ? '' : `ORDER BY received_at DESC, id DESC LIMIT ${limit}`;
  const branch = (column: 'owner' | 'establishment', keys: string, more: readonly string[]): string => `
    SELECT v.* FROM unnest(${keys}::text[]) AS scope (key) CROSS JOIN unnest(${state}::text[]) AS of (state)
    CROSS JOIN LATERAL (
      SELECT id, state, received_at FROM document
      WHERE ${[`document.${column} = scope.key`, 'document.state = of.state', ...conditions, ...more].join(' AND ')} ${newest}
    ) AS v`;
  // Of an owner and of an establishment that are both seen: counted once. A limit is met too early to look for others in their place.
  if (limit !== undefined) return `${branch('owner', owners, [])} UNION ${branch('establishment', establishments, [])}`;
  const elsewhere = [`document.owner <> ALL (${owners}::text[])`];
  return `${branch('owner', owners, [])} UNION ALL ${branch('establishment', establishments, elsewhere)}`;
}
