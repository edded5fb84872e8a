import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildCdaN1 } from '@pfi/cda';
import { uuidToOid } from '@pfi/health';
import type { DocumentEntry } from '@pfi/xds';
import type { StoredEntry } from '../src/dmp/deposit-store.js';
import type { LoggedRequest } from '../src/dmp/request-log.js';
import { newSubmission, patientId } from './dmp-client.js';
import { createAuthority } from './pki.js';
import { finess, RunningSimulators } from './running-simulators.js';

const accepted = { kind: 'response', status: 'Success', errors: [] };
const refusedWith = (errorCode: string) => ({ status: 'Failure', errors: [expect.objectContaining({ errorCode })] });
const content = (): Buffer => Buffer.from(`not a CDA ${randomUUID()}`);
const ids = (submission: ReturnType<typeof newSubmission>) => {
  const entry = submission.documents[0]?.entry;
  return { uniqueId: entry?.uniqueId ?? '', entryUuid: entry?.entryUuid ?? '' };
};

describe('simulated DMP', () => {
  let sim: RunningSimulators;
  beforeAll(async () => {
    sim = await RunningSimulators.start();
  });
  afterAll(() => sim.stop());

  const entriesOf = (uniqueId: string) => sim.items<StoredEntry>(`/dmp/entries?uniqueId=${uniqueId}`);

  it('accepts a deposit, finds it by ITI-18 and gives its bytes back', async () => {
    const bytes = content();
    const submission = newSubmission(finess, bytes);
    const { uniqueId, entryUuid } = ids(submission);
    expect(await sim.client().deposit(submission)).toEqual(accepted);
    const found = await sim.client().query({ kind: 'get-documents-by-unique-id', uniqueIds: [uniqueId] }, patientId);
    expect(found).toMatchObject({
      status: 'Success',
      entries: [{ entryUuid, uniqueId, size: bytes.length, status: 'Approved' }],
    });
    expect(await entriesOf(uniqueId)).toMatchObject([
      { entryUuid, submissionSetId: submission.submissionSet.uniqueId, typeCode: '11490-0', status: 'Approved' },
    ]);
    const stored = await sim.admin(`/dmp/entries/${entryUuid}/content`);
    expect(Buffer.from(await stored.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('accepts a CDA of the same patient and refuses one of another patient or id', async () => {
    const own = uuidToOid(randomUUID());
    const cda = cdaOf(own, patientId.value);
    expect(await sim.client().deposit(newSubmission(finess, cda, { uniqueId: own }))).toEqual(accepted);
    const other = uuidToOid(randomUUID());
    const stranger = newSubmission(finess, cdaOf(other, '277076322082910'), { uniqueId: other });
    expect(await sim.client().deposit(stranger)).toMatchObject(refusedWith('XDSPatientIdDoesNotMatch'));
    expect(await sim.client().deposit(newSubmission(finess, cda))).toMatchObject(
      refusedWith('XDSDocumentUniqueIdError'),
    );
    const without = uuidToOid(randomUUID());
    expect(
      await sim.client().deposit(newSubmission(finess, cdaOf(without, null), { uniqueId: without })),
    ).toMatchObject(refusedWith('XDSPatientIdDoesNotMatch'));
  });

  it.each<[string, Partial<DocumentEntry>, string]>([
    [
      'a hash that is not the bytes’',
      { hash: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' },
      'XDSRepositoryMetadataError',
    ],
    ['a size that is not the bytes’', { size: 7 }, 'XDSRepositoryMetadataError'],
    ['a uniqueId with an extension', { uniqueId: '1.2.3^4' }, 'XDSDocumentUniqueIdError'],
    [
      'a type that the DMP does not take',
      { typeCode: { code: '51851-4', system: '2.16.840.1.113883.6.1', label: 'x' } },
      'XDSRegistryMetadataError',
    ],
  ])('refuses %s', async (_title, change, code) => {
    const submission = newSubmission(finess, content(), change);
    expect(await sim.client().deposit(submission)).toMatchObject(refusedWith(code));
    expect(await entriesOf(ids(submission).uniqueId)).toEqual([]);
  });

  it('refuses an INS of an OID that this environment does not take', async () => {
    const real = { value: patientId.value, oid: '1.2.250.1.213.9.9' };
    expect(await sim.client().deposit(newSubmission(finess, content(), { patientId: real }))).toMatchObject(
      refusedWith('XDSUnknownPatientId'),
    );
  });

  it('refuses a document of another patient than the VIHF', async () => {
    const answer = await sim.client().deposit(newSubmission(finess, content()), {
      patientId: { ...patientId, value: '277076322082910' },
    });
    expect(answer).toMatchObject({ status: 'Failure' });
    expect(JSON.stringify(answer)).toContain('XDSPatientIdDoesNotMatch');
  });

  it('refuses an author whose structure is not the one of the VIHF', async () => {
    expect(await sim.client().deposit(newSubmission('990000999', content()))).toMatchObject(
      refusedWith('XDSRepositoryMetadataError'),
    );
  });

  it('refuses the same submission set twice', async () => {
    const submission = newSubmission(finess, content());
    await sim.client().deposit(submission);
    expect(await sim.client().deposit(submission)).toMatchObject(refusedWith('XDSDuplicateUniqueIdInRegistry'));
    expect(await entriesOf(ids(submission).uniqueId)).toHaveLength(1);
  });

  it('shows a second entry for the same document in another submission set, and refuses other bytes', async () => {
    const bytes = content();
    const first = newSubmission(finess, bytes);
    const entry = first.documents[0]?.entry;
    await sim.client().deposit(first);
    expect(await sim.client().deposit(newSubmission(finess, bytes, entry))).toEqual(accepted);
    const entries = await entriesOf(ids(first).uniqueId);
    expect(new Set(entries.map((one) => one.entryUuid)).size).toBe(2);
    const other = newSubmission(finess, content(), { uniqueId: ids(first).uniqueId });
    expect(await sim.client().deposit(other)).toMatchObject(refusedWith('XDSNonIdenticalHash'));
  });

  it('replaces a document once', async () => {
    const old = newSubmission(finess, content());
    await sim.client().deposit(old);
    const replacing = () => {
      const submission = newSubmission(finess, content());
      const replacements = [{ newEntryUuid: ids(submission).entryUuid, oldEntryUuid: ids(old).entryUuid }];
      return { ...submission, replacements };
    };
    expect(await sim.client().deposit(replacing())).toEqual(accepted);
    expect(await entriesOf(ids(old).uniqueId)).toMatchObject([{ status: 'Deprecated' }]);
    expect(await sim.client().deposit(replacing())).toMatchObject(refusedWith('XDSRegistryDeprecatedDocumentError'));
  });

  it('deletes a document once, and shows it no more', async () => {
    const first = newSubmission(finess, content());
    await sim.client().deposit(first);
    const { entryUuid, uniqueId } = ids(first);
    const { patientId } = first.submissionSet;
    const deletion = () =>
      sim
        .client()
        .update({ ...newSubmission(finess, content()).submissionSet, patientId }, [
          { entryUuid, from: 'Approved', to: 'Deleted' },
        ]);
    expect(await deletion()).toEqual(accepted);
    expect(await deletion()).toMatchObject(refusedWith('XDSMetadataUpdateError'));
    const query = { kind: 'get-documents-by-unique-id', uniqueIds: [uniqueId] } as const;
    expect(await sim.client().query(query, patientId)).toMatchObject({ entries: [] });
    expect(await entriesOf(uniqueId)).toMatchObject([{ status: 'Deleted' }]);
  });

  it('shows the documents of the patient of the VIHF only', async () => {
    const submission = newSubmission(finess, content());
    await sim.client().deposit(submission);
    const other = { ...patientId, value: '277076322082910' };
    const { uniqueId } = ids(submission);
    expect(
      await sim.client().query({ kind: 'get-documents-by-unique-id', uniqueIds: [uniqueId] }, other),
    ).toMatchObject({ status: 'Success', entries: [] });
    const search = { kind: 'find-documents', patientId, statuses: ['Approved'] } as const;
    expect(await sim.client().query(search, other)).toMatchObject({ status: 'Failure' });
    const all = await sim.client().query(search, patientId);
    expect(JSON.stringify(all)).toContain(uniqueId);
  });

  it('cuts a client without certificate, or with one of another authority', async () => {
    const stranger = await createAuthority('AC TEST');
    for (const channel of [null, await stranger.issue('CN=CH X')]) {
      await expect(sim.client().with({ channel }).deposit(newSubmission(finess, content()))).rejects.toThrow();
    }
  });

  it.each([
    ['signed by another authority', async () => (await createAuthority('AC TEST')).issue('CN=CH X')],
    ['signed with the certificate of the channel', async () => sim.channel],
  ])('answers a SOAP fault to a VIHF %s', async (_title, seal) => {
    const submission = newSubmission(finess, content());
    const answer = await sim
      .client()
      .with({ seal: await seal() })
      .deposit(submission);
    expect(answer).toMatchObject({ kind: 'fault', code: 'Sender', subcodes: ['DMPInvalidCertificate'] });
    expect(await entriesOf(ids(submission).uniqueId)).toEqual([]);
  });

  it('answers a SOAP fault to an expired VIHF, to none, and to what is no SOAP', async () => {
    const expired = await sim.client().deposit(newSubmission(finess, content()), { issuedAt: new Date(0) });
    expect(expired).toMatchObject({ kind: 'fault', subcodes: ['InvalidSecurityToken'] });
    const body = [Buffer.from('<a/>')];
    const path = '/si-dmp-server/v2/services/repository';
    const answer = await sim.client().post(path, { contentType: 'application/soap+xml', contentLength: 4, body });
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).toContain('XDS_MALFORMED');
  });

  describe('faults', () => {
    it('commits then drops the connection: ITI-18 finds exactly one entry, a resend is a duplicate', async () => {
      const submission = newSubmission(finess, content());
      const { uniqueId } = ids(submission);
      await sim.setFault({ target: 'dmp', kind: 'commit-then-drop', match: { uniqueId }, times: 1 });
      await expect(sim.client().deposit(submission)).rejects.toThrow();
      const query = { kind: 'get-documents-by-unique-id', uniqueIds: [uniqueId] } as const;
      expect(await sim.client().query(query, patientId)).toMatchObject({ entries: [{ uniqueId }] });
      expect(await sim.client().deposit(submission)).toMatchObject(refusedWith('XDSDuplicateUniqueIdInRegistry'));
    });

    it('refuses with the official code, as often as asked, and says so in the list of requests', async () => {
      const submission = newSubmission(finess, content());
      const { uniqueId } = ids(submission);
      const id = await sim.setFault({
        ...{ target: 'dmp', kind: 'refuse', code: 'DMPClosed', context: 'DMP fermé', times: 1 },
        match: { uniqueId },
      });
      expect(await sim.client().deposit(submission)).toEqual({
        kind: 'response',
        status: 'Failure',
        errors: [{ errorCode: 'DMPClosed', codeContext: 'DMP fermé', severity: 'Error', location: null }],
      });
      expect(await sim.client().deposit(submission)).toEqual(accepted);
      expect(await sim.items<LoggedRequest>(`/dmp/requests?uniqueId=${uniqueId}`)).toMatchObject([
        { operation: 'iti-41', outcome: 'failure', code: 'DMPClosed', faultIds: [id], structureId: `1${finess}` },
        { operation: 'iti-41', outcome: 'success', code: null, faultIds: [] },
      ]);
    });

    it.each(['XDSRegistryBusy', null])('is busy, or answers an HTTP status (%s)', async (code) => {
      const submission = newSubmission(finess, content());
      const match = { uniqueId: ids(submission).uniqueId };
      await sim.setFault(
        code ? { target: 'dmp', kind: 'busy', match } : { target: 'dmp', kind: 'http-status', code: 503, match },
      );
      const answer = sim.client().deposit(submission);
      if (code) expect(await answer).toMatchObject(refusedWith(code));
      else await expect(answer).rejects.toThrow();
    });

    it.each([
      ['html', false],
      ['empty', true],
      ['truncated', true],
      ['content-type', false],
    ])('answers what is no answer of a registry (%s), carried out: %s', async (form, done) => {
      const submission = newSubmission(finess, content());
      const { uniqueId } = ids(submission);
      await sim.setFault({ target: 'dmp', kind: 'unreadable', form, done, match: { uniqueId }, times: 1 });
      await expect(sim.client().deposit(submission)).rejects.toMatchObject({ code: 'XDS_MALFORMED' });
      expect(await entriesOf(uniqueId)).toHaveLength(done ? 1 : 0);
    });

    it('is down for one legal entity only', async () => {
      const other = '990000888';
      const [channel, seal] = await Promise.all(
        ['auth', 'sign'].map((use) => sim.authority.issue(`CN=${use}, OU=1${other}, C=FR`)),
      );
      const client = sim.client().with({ channel: channel ?? null, seal: seal ?? sim.seal, finess: other });
      const id = await sim.setFault({ target: 'dmp', kind: 'down', match: { legalEntity: other } });
      await expect(client.deposit(newSubmission(other, content()))).rejects.toThrow();
      expect(await sim.client().deposit(newSubmission(finess, content()))).toEqual(accepted);
      expect((await sim.admin(`/faults/${id}`, { method: 'DELETE' })).status).toBe(204);
      expect(await client.deposit(newSubmission(other, content()))).toEqual(accepted);
    });

    it('refuses a fault that it does not know', async () => {
      await expect(sim.setFault({ target: 'dmp', kind: 'explode' })).rejects.toThrow('FAULT_INVALID');
      await expect(sim.setFault({ target: 'oidc', kind: 'busy' })).rejects.toThrow('FAULT_INVALID');
    });
  });

  it('keeps what it accepted over a restart', async () => {
    const bytes = content();
    const submission = newSubmission(finess, bytes);
    await sim.client().deposit(submission);
    await sim.restart();
    const { uniqueId, entryUuid } = ids(submission);
    expect(await entriesOf(uniqueId)).toMatchObject([{ entryUuid, status: 'Approved' }]);
    const stored = await sim.admin(`/dmp/entries/${entryUuid}/content`);
    expect(Buffer.from(await stored.arrayBuffer()).equals(bytes)).toBe(true);
    expect(await sim.client().deposit(submission)).toMatchObject(refusedWith('XDSDuplicateUniqueIdInRegistry'));
  });
});

function cdaOf(id: string, matricule: string | null): Buffer {
  const organisation = { id: { root: '1.2.250.1.71.4.2.2', extension: `1${finess}` }, name: 'CH X' };
  return buildCdaN1({
    id,
    setId: id,
    version: 1,
    typeCode: { code: '11490-0', system: '2.16.840.1.113883.6.1', label: 'Lettre de liaison à la sortie' },
    title: 'Lettre de liaison',
    effectiveTime: '20250102101500+0100',
    patient: {
      ...(matricule === null ? {} : { ins: { matricule, oid: patientId.oid } }),
      localIds: [{ root: '2.999.1.1', extension: 'IPP0001' }],
      traits: { birthName: 'PAT-TROIS', birthGivenNames: 'DOMINIQUE', birthDate: '1979-03-28', sex: 'F' },
    },
    author: {
      id: { root: '1.2.250.1.71.4.2.1', extension: '801234560801' },
      name: { family: 'CHIRURG', given: 'Anne' },
    },
    custodian: organisation,
    serviceEvent: { start: '20250102080000+0100' },
    encounter: { start: '20250101090000+0100' },
    facilityType: { code: 'SA01', system: '1.2.250.1.71.4.2.4', label: 'Etablissement public de santé' },
    pdf: Buffer.from('%PDF-1.4\n'),
  });
}
