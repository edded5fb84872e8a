import { describe, expect, it } from '@jest/globals';
import { placeInitial, type KnownAliases, type VersionClaim } from './lineage.js';

const claim = (overrides: Partial<VersionClaim> = {}): VersionClaim => ({
  documentId: '1.2.3.1',
  setId: '1.2.3',
  version: 1,
  parentId: null,
  ...overrides,
});
const nothingKnown: KnownAliases = {
  byDocumentId: undefined,
  bySetId: undefined,
  byParentId: undefined,
  versionsOfSet: [],
};

describe('place of an initial document', () => {
  it('is a new lineage when none of its ids is known', () => {
    expect(placeInitial(claim(), nothingKnown)).toEqual({ kind: 'new', unknownPredecessor: false });
  });

  it('is a new lineage with unknown predecessor when it names a parent never seen', () => {
    expect(placeInitial(claim({ version: 2, parentId: '9.9' }), nothingKnown)).toEqual({
      kind: 'new',
      unknownPredecessor: true,
    });
  });

  it('is refused when its id came before with other bytes', () => {
    expect(placeInitial(claim(), { ...nothingKnown, byDocumentId: 'l1' })).toMatchObject({
      code: 'DOCUMENT_ID_REUSED',
    });
  });

  it('is refused when its set already holds this version', () => {
    const known = { ...nothingKnown, bySetId: 'l1', versionsOfSet: [1] };
    expect(placeInitial(claim(), known)).toMatchObject({ code: 'VERSION_REUSED' });
  });

  it('is parked on the parent’s lineage when parent and set disagree, the parent’s word first', () => {
    const known = { ...nothingKnown, bySetId: 'l1', byParentId: 'l2', versionsOfSet: [1] };
    expect(placeInitial(claim({ version: 2, parentId: '9.9' }), known)).toEqual({ kind: 'conflict', lineageId: 'l2' });
  });
});
