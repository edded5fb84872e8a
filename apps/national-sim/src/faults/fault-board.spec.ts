import { describe, expect, it } from '@jest/globals';
import { FaultBoard } from './fault-board.js';
import { faultSchema, type FaultSpec } from './fault.schema.js';

const fault = (spec: object): FaultSpec => faultSchema.parse({ target: 'dmp', ...spec });
const subject = 'CN=CH X authentification,OU=1990000101,O=CH X,C=FR';

describe('FaultBoard', () => {
  it('adds up delays and applies the first fault that ends the request', () => {
    const board = new FaultBoard();
    const ids = [
      board.set(fault({ kind: 'delay', delayMs: 10 })),
      board.set(fault({ kind: 'busy', delayMs: 5 })),
      board.set(fault({ kind: 'down' })),
    ];
    expect(board.take('dmp', {})).toMatchObject({ delayMs: 15, effect: { kind: 'busy' }, faultIds: ids.slice(0, 2) });
  });

  it('forgets a fault after its number of times', () => {
    const board = new FaultBoard();
    board.set(fault({ kind: 'busy', times: 2 }));
    const kinds = [1, 2, 3].map(() => board.take('dmp', {}).effect?.kind);
    expect(kinds).toEqual(['busy', 'busy', undefined]);
    expect(board.list()).toEqual([]);
  });

  it('forgets a fault after its time', () => {
    let now = 0;
    const board = new FaultBoard(() => new Date(now));
    board.set(fault({ kind: 'down', forMs: 100 }));
    now = 99;
    expect(board.take('dmp', {}).effect).not.toBeNull();
    now = 100;
    expect(board.take('dmp', {}).effect).toBeNull();
  });

  it('leaves the other target and the other kinds alone', () => {
    const board = new FaultBoard();
    board.set(fault({ kind: 'busy' }));
    expect(board.take('oidc', {}).effect).toBeNull();
    expect(board.take('dmp', {}, ['down']).effect).toBeNull();
  });

  it.each([
    [{ matricule: '1' }, { matricule: '1' }, true],
    [{ matricule: '1' }, { matricule: '2' }, false],
    [{ matricule: '1' }, {}, false],
    [{ uniqueId: '1.2' }, { uniqueIds: ['1.1', '1.2'] }, true],
    [{ uniqueId: '1.2' }, { uniqueIds: ['1.21'] }, false],
    [{ operation: 'iti-18' }, { operation: 'iti-41' as const }, false],
    [{ legalEntity: '990000101' }, { structureId: '1990000101' }, true],
    [{ legalEntity: '990000101' }, { certificateSubject: subject }, true],
    [{ legalEntity: '1990000101' }, { certificateSubject: subject }, true],
    [{ legalEntity: 'CH X authentification' }, { certificateSubject: subject }, true],
    [{ legalEntity: '99000010' }, { certificateSubject: subject, structureId: '1990000101' }, false],
    [{ legalEntity: '990000101', matricule: '1' }, { certificateSubject: subject }, false],
  ])('applies %j to a request of %j: %s', (match, facts, applies) => {
    const board = new FaultBoard();
    board.set(fault({ kind: 'down', match }));
    expect(board.take('dmp', facts).effect !== null).toBe(applies);
  });

  it('removes a fault once', () => {
    const board = new FaultBoard();
    const id = board.set(fault({ kind: 'down' }));
    expect([board.remove(id), board.remove(id)]).toEqual([true, false]);
  });
});
