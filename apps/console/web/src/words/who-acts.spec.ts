import { describe, expect, it } from '@jest/globals';
import { whoActs } from './who-acts.js';

describe('who acts on what waits', () => {
  it('sends an identity that is not qualified to the identity cell', () => {
    expect(whoActs('INS_NOT_QUALIFIED', 'held').name).toBe('Cellule d’identitovigilance');
  });

  it('sends a document to complete back to its source', () => {
    expect(whoActs('DOCUMENT_INCOMPLETE', 'parked').name).toBe('Application émettrice');
  });

  it('gives what is parked for another reason to an operator, and what is held to nobody', () => {
    expect(whoActs('EXPIRED', 'parked').name).toBe('Opérateur');
    expect(whoActs('SOMETHING_NEW', 'held').name).toBe('Personne');
  });
});
