/** What a new document says of its place among versions. Ids are canonical strings (`root` or `root^extension`). */
export interface VersionClaim {
  readonly documentId: string;
  readonly setId: string | null;
  readonly version: number;
  readonly parentId: string | null;
}

/** Lineages already known for these ids, by what the id was registered as. */
export interface KnownAliases {
  readonly byDocumentId: string | undefined;
  readonly bySetId: string | undefined;
  /** A lineage in which `parentId` is a document that was received. */
  readonly byParentId: string | undefined;
  /** Versions held by the lineage that `bySetId` names. */
  readonly versionsOfSet: readonly number[];
}

export type LineageDecision =
  | { readonly kind: 'new'; readonly unknownPredecessor: boolean }
  | { readonly kind: 'conflict'; readonly lineageId: string | undefined }
  | { readonly kind: 'refused'; readonly code: 'DOCUMENT_ID_REUSED' | 'VERSION_REUSED'; readonly text: string };

/**
 * Where an *initial* document stands (design D11). Known id with other bytes and known version of a known set are refused
 * (CI-SIS Structuration minimale, versioning on the consumer side); an initial document that names a known set or a known
 * parent should have been a replacement and is parked.
 */
export function placeInitial(claim: VersionClaim, known: KnownAliases): LineageDecision {
  if (known.byDocumentId !== undefined)
    return {
      kind: 'refused',
      code: 'DOCUMENT_ID_REUSED',
      text: 'Cet identifiant de document a déjà été reçu avec un autre contenu : émettre un nouvel identifiant.',
    };
  if (known.bySetId !== undefined && known.versionsOfSet.includes(claim.version))
    return {
      kind: 'refused',
      code: 'VERSION_REUSED',
      text: 'Cette version de ce document a déjà été reçue sous un autre identifiant : émettre la version suivante.',
    };
  if (known.byParentId !== undefined || known.bySetId !== undefined)
    return { kind: 'conflict', lineageId: known.byParentId ?? known.bySetId };
  return { kind: 'new', unknownPredecessor: claim.parentId !== null || claim.version > 1 };
}
