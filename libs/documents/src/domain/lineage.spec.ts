import { describe, expect, it } from '@jest/globals';
import { placeDocument, type KnownAliases, type VersionClaim } from './lineage.js';

const claim = (overrides: Partial<VersionClaim> = {}): VersionClaim => ({
  documentId: '1.2.3.1',
  setId: '1.2.3',
  version: 1,
  parentId: null,
  ...overrides,
});
const second = claim({ documentId: '1.2.3.2', version: 2, parentId: '1.2.3.1' });
const known = (overrides: Partial<KnownAliases> = {}): KnownAliases => ({
  byDocumentId: undefined,
  bySetId: undefined,
  byParentId: undefined,
  awaitedBy: undefined,
  ...overrides,
});
const lineage = (lineageId: string, ...versions: number[]) => ({ lineageId, versions });

describe('the place of an initial document', () => {
  it('is a new lineage when none of its ids is known', () => {
    expect(placeDocument('initial', claim(), known())).toEqual({ kind: 'new', unknownPredecessor: false });
  });

  it('is a new lineage with unknown predecessor when it names a parent never seen', () => {
    expect(placeDocument('initial', second, known())).toEqual({ kind: 'new', unknownPredecessor: true });
  });

  it('is refused when its id came before with other bytes', () => {
    const decision = placeDocument('initial', claim(), known({ byDocumentId: lineage('l1', 1) }));
    expect(decision).toMatchObject({ code: 'DOCUMENT_ID_REUSED' });
  });

  it('is refused when its set already holds this version', () => {
    expect(placeDocument('initial', claim(), known({ bySetId: lineage('l1', 1) }))).toMatchObject({
      code: 'VERSION_REUSED',
    });
  });

  it('is the late beginning of its set when only later versions of it are known, whatever they named', () => {
    expect(placeDocument('initial', claim(), known({ bySetId: lineage('l1', 3) }))).toEqual({
      kind: 'joins',
      lineageId: 'l1',
      unknownPredecessor: false,
    });
    const between = known({ bySetId: lineage('l1', 1, 3) });
    expect(placeDocument('initial', { ...second, parentId: null }, between)).toMatchObject({ kind: 'conflict' });
  });

  it('is for a person to decide when it names a known parent or set', () => {
    const both = known({ bySetId: lineage('l1', 1), byParentId: lineage('l2', 1) });
    expect(placeDocument('initial', second, both)).toEqual({ kind: 'conflict', lineageId: 'l2' });
  });

  it('is the lineage of the later version that named it before it came', () => {
    const late = known({ awaitedBy: lineage('l1', 2), bySetId: lineage('l1', 2) });
    expect(placeDocument('initial', claim(), late)).toEqual({
      kind: 'joins',
      lineageId: 'l1',
      unknownPredecessor: false,
    });
  });
});

describe('the place of a replacement', () => {
  it('is the lineage of its parent', () => {
    const decision = placeDocument(
      'replace',
      second,
      known({ byParentId: lineage('l1', 1), bySetId: lineage('l1', 1) }),
    );
    expect(decision).toEqual({ kind: 'joins', lineageId: 'l1', unknownPredecessor: false });
  });

  it('is that of its parent even without set', () => {
    const decision = placeDocument('replace', { ...second, setId: null }, known({ byParentId: lineage('l1', 1) }));
    expect(decision).toMatchObject({ kind: 'joins', lineageId: 'l1' });
  });

  it('is for a person to decide when parent and set name two lineages', () => {
    const decision = placeDocument(
      'replace',
      second,
      known({ byParentId: lineage('l1', 1), bySetId: lineage('l2', 1) }),
    );
    expect(decision).toEqual({ kind: 'conflict', lineageId: 'l1' });
  });

  it('is for a person to decide when the version just before is known and is not its parent', () => {
    const decision = placeDocument('replace', { ...second, parentId: '9.9' }, known({ bySetId: lineage('l1', 1) }));
    expect(decision).toEqual({ kind: 'conflict', lineageId: 'l1' });
  });

  it('is its set when versions between are still to come', () => {
    const third = claim({ documentId: '1.2.3.3', version: 3, parentId: '1.2.3.2' });
    const decision = placeDocument('replace', third, known({ bySetId: lineage('l1', 1) }));
    expect(decision).toEqual({ kind: 'joins', lineageId: 'l1', unknownPredecessor: true });
  });

  it('is a new lineage when nothing of it is known', () => {
    expect(placeDocument('replace', second, known())).toEqual({ kind: 'new', unknownPredecessor: true });
  });

  it('is between two versions that came before it', () => {
    const decision = placeDocument(
      'replace',
      second,
      known({ awaitedBy: lineage('l1', 1, 3), bySetId: lineage('l1', 1, 3), byParentId: lineage('l1', 1, 3) }),
    );
    expect(decision).toEqual({ kind: 'joins', lineageId: 'l1', unknownPredecessor: false });
  });

  it('is refused when the lineage already holds its version', () => {
    const decision = placeDocument('replace', second, known({ byParentId: lineage('l1', 1, 2) }));
    expect(decision).toMatchObject({ code: 'VERSION_REUSED' });
  });
});
