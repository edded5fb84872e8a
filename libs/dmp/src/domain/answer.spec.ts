import { describe, expect, it } from '@jest/globals';
import { decide, defaultRefusalCodes, type DmpAnswer } from './answer.js';

const settings = { refusalCodes: new Set<string>(defaultRefusalCodes) };
const failure = (...codes: string[]): DmpAnswer => ({
  kind: 'response',
  status: 'Failure',
  errors: codes.map((errorCode) => ({ errorCode, codeContext: `context of ${errorCode}`, severity: 'Error' })),
});
const kindOf = (answer: DmpAnswer) => decide(answer, settings).kind;

describe('what follows from an answer of the DMP', () => {
  it('is acceptance only after a positive answer about the document', () => {
    expect(kindOf({ kind: 'response', status: 'Success', errors: [] })).toBe('accepted');
    expect(kindOf({ kind: 'response', status: 'PartialSuccess', errors: [] })).toBe('accepted');
  });

  it('of a partial success with an error never tries again blindly: some of it may be there', () => {
    const partly = (code: string) => decide({ ...failure(code), status: 'PartialSuccess' } as DmpAnswer, settings);
    expect(partly('XDSRegistryBusy').kind).toBe('reconcile');
    expect(partly('XDSRepositoryMetadataError')).toMatchObject({ kind: 'parked', inDoubt: true });
  });

  it('of a failure with nothing but warnings is a person’s work', () => {
    const answer: DmpAnswer = {
      kind: 'response',
      status: 'Failure',
      errors: [{ errorCode: 'XDSRegistryBusy', codeContext: '', severity: 'Warning' }],
    };
    expect(kindOf(answer)).toBe('parked');
  });

  it.each(['DMPClosed', 'XDSUnknownPatientId'])('is a final refusal with the official code for %s', (code) => {
    expect(decide(failure(code), settings)).toEqual({ kind: 'refused', code, text: `context of ${code}` });
  });

  it('is a refusal for a code that the group added', () => {
    const decision = decide(failure('DMPLocalCode'), { refusalCodes: new Set(['DMPLocalCode']) });
    expect(decision.kind).toBe('refused');
  });

  it.each(['XDSRegistryBusy', 'XDSRepositoryBusy', 'XDSRegistryNotAvailable', 'XDSRepositoryOutOfResources'])(
    'is another try, without limit, for %s',
    (code) => expect(decide(failure(code), settings)).toMatchObject({ kind: 'retry', limited: false }),
  );

  it.each(['XDSRegistryError', 'XDSRepositoryError'])('is a limited number of tries for %s', (code) => {
    expect(decide(failure(code), settings)).toMatchObject({ kind: 'retry', limited: true });
  });

  it.each(['XDSDuplicateUniqueIdInRegistry', 'XDSRegistryDeprecatedDocumentError'])(
    'is a question to the registry for %s',
    (code) => expect(kindOf(failure(code))).toBe('reconcile'),
  );

  it.each(['XDSNonIdenticalHash', 'XDSPatientIdDoesNotMatch', 'XDSRegistryMetadataError', 'SomethingNew'])(
    'is a person’s work for %s',
    (code) => expect(kindOf(failure(code))).toBe('parked'),
  );

  it('never retries an error that stays beside one that passes', () => {
    expect(kindOf(failure('XDSRegistryBusy', 'XDSRegistryMetadataError'))).toBe('parked');
  });

  it('is a question to the registry when nothing is known, and after a failure that names no error', () => {
    expect(kindOf({ kind: 'unknown', code: 'TIMEOUT' })).toBe('reconcile');
    expect(kindOf(failure())).toBe('reconcile');
  });

  it('obeys the delay that the server asked for', () => {
    expect(decide({ kind: 'not-taken', code: 'HTTP_503', retryAfterMs: 7000 }, settings)).toMatchObject({
      kind: 'retry',
      afterMs: 7000,
    });
  });

  it('is a person’s work for a security fault, with its innermost code', () => {
    expect(
      decide({ kind: 'fault', code: 'Sender', subcodes: ['DMPInvalidCertificate'], reason: 'certificat' }, settings),
    ).toEqual({ kind: 'parked', code: 'DMPInvalidCertificate', text: 'certificat', inDoubt: false });
  });

  it('is a question to the registry for the server’s own failure', () => {
    expect(kindOf({ kind: 'fault', code: 'Receiver', subcodes: [], reason: '' })).toBe('reconcile');
  });

  it('is a refusal for a refusal code that comes as a fault', () => {
    expect(kindOf({ kind: 'fault', code: 'Sender', subcodes: ['DMPClosed'], reason: '' })).toBe('refused');
  });
});
