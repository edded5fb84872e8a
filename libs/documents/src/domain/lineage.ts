/** What a new document says of its place among versions. Ids are canonical strings (`root` or `root^extension`). */
export interface VersionClaim {
  readonly documentId: string;
  readonly setId: string | null;
  readonly version: number;
  readonly parentId: string | null;
}

/** What the sender wants of the document (interop §1.2). */
export type Intent = 'initial' | 'replace' | 'withdraw';

/** A lineage already known under one of the ids of a claim. */
export interface KnownLineage {
  readonly lineageId: string;
  /** Versions that it holds. */
  readonly versions: readonly number[];
}

/** Lineages already known for these ids, by what the id was registered as. */
export interface KnownAliases {
  readonly byDocumentId: KnownLineage | undefined;
  readonly bySetId: KnownLineage | undefined;
  /** The lineage in which `parentId` is a document that was received. */
  readonly byParentId: KnownLineage | undefined;
  /** The lineage of a document that named this one as the version before it, when this one had not come yet. */
  readonly awaitedBy: KnownLineage | undefined;
}

export type LineageDecision =
  | { readonly kind: 'new'; readonly unknownPredecessor: boolean }
  /** One more version of a known lineage; its number, not its arrival, says where it stands. */
  | { readonly kind: 'joins'; readonly lineageId: string; readonly unknownPredecessor: boolean }
  | { readonly kind: 'conflict'; readonly lineageId: string | undefined }
  | { readonly kind: 'refused'; readonly code: 'DOCUMENT_ID_REUSED' | 'VERSION_REUSED'; readonly text: string };

const reusedId: LineageDecision = {
  kind: 'refused',
  code: 'DOCUMENT_ID_REUSED',
  text: 'Cet identifiant de document a déjà été reçu avec un autre contenu : émettre un nouvel identifiant.',
};
const reusedVersion: LineageDecision = {
  kind: 'refused',
  code: 'VERSION_REUSED',
  text: 'Cette version de ce document a déjà été reçue sous un autre identifiant : émettre la version suivante.',
};

/**
 * Where a document stands (design D11). Known id with other bytes and known version of a known lineage are refused (CI-SIS
 * Structuration minimale, versioning on the consumer side). A later version may come before an earlier one: what it named is
 * remembered, and the earlier one finds its lineage.
 */
export function placeDocument(intent: Intent, claim: VersionClaim, known: KnownAliases): LineageDecision {
  if (known.byDocumentId !== undefined) return reusedId;
  const { awaitedBy } = known;
  if (awaitedBy && (known.bySetId === undefined || known.bySetId.lineageId === awaitedBy.lineageId))
    return joining(awaitedBy, claim, claim.parentId !== null && known.byParentId === undefined);
  return intent === 'initial' ? placeInitial(claim, known) : placeLater(claim, known);
}

/** An initial document that names a known set or a known parent should have been a replacement, unless all that is known came after it. */
function placeInitial(claim: VersionClaim, known: KnownAliases): LineageDecision {
  if (known.bySetId?.versions.includes(claim.version)) return reusedVersion;
  if (known.bySetId && claim.parentId === null && known.bySetId.versions.every((version) => version > claim.version))
    return joining(known.bySetId, claim, false);
  const named = known.byParentId ?? known.bySetId;
  if (named) return { kind: 'conflict', lineageId: named.lineageId };
  return { kind: 'new', unknownPredecessor: claim.parentId !== null || claim.version > 1 };
}

/** The parent link wins over the set id; where they name two lineages, a person decides. */
function placeLater(claim: VersionClaim, { byParentId, bySetId }: KnownAliases): LineageDecision {
  if (byParentId) {
    if (bySetId && bySetId.lineageId !== byParentId.lineageId)
      return { kind: 'conflict', lineageId: byParentId.lineageId };
    return joining(byParentId, claim, false);
  }
  if (!bySetId) return { kind: 'new', unknownPredecessor: true };
  if (bySetId.versions.includes(claim.version)) return reusedVersion;
  // The version just before is known and is not the parent: the two links contradict each other.
  if (claim.parentId !== null && bySetId.versions.includes(claim.version - 1))
    return { kind: 'conflict', lineageId: bySetId.lineageId };
  return joining(bySetId, claim, true);
}

const joining = (lineage: KnownLineage, claim: VersionClaim, unknownPredecessor: boolean): LineageDecision =>
  lineage.versions.includes(claim.version)
    ? reusedVersion
    : { kind: 'joins', lineageId: lineage.lineageId, unknownPredecessor };
