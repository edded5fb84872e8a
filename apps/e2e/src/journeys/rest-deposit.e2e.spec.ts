import { afterAll, describe, expect, it } from '@jest/globals';
import { embeddedPdf, readCda } from '@pfi/cda';
import { eventually } from '@pfi/platform-testing';
import { letterPdf, newPatient, restDeposit } from '@pfi/tools';
import type { Problem, RestDeposit } from '@pfi/tools';
import { dmpOf, Platform } from '../setup/platform.js';

const platform = new Platform();
const { api, simulator } = platform;
const dpi = platform.sender('dpi-rest');
const post = <Body = { id: string; documentId: string }>({ metadata, file, idempotencyKey }: RestDeposit) =>
  api.deposit<Body>(metadata, file, idempotencyKey);

afterAll(() => platform.close());

async function awaitState(id: string, state: string) {
  return eventually(
    async () => {
      const document = await api.document(id);
      const { state: found, reasons, outcomeCode } = dmpOf(document);
      if (found !== state) throw new Error(`${found} ${reasons.map(({ code }) => code).join(' ')} ${outcomeCode}`);
      return document;
    },
    { timeoutMs: 20_000, everyMs: 150 },
  );
}

describe('a PDF deposited by REST', () => {
  it('waits for the INS, then leaves as a CDA N1 that carries it and the PDF byte for byte', async () => {
    const patient = newPatient(dpi.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'provisoire');
    const deposit = restDeposit(dpi, patient);
    const answer = await post(deposit);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toContain(answer.body.id);
    const held = await awaitState(answer.body.id, 'held');
    expect(held).toMatchObject({ source: 'dpi-rest', controlId: deposit.idempotencyKey, establishment: '990000119' });
    expect(await api.content(held.id)).toEqual(deposit.file.bytes);

    await platform.tellIdentity('gam', 'A31', patient, 'qualifiee');
    const document = await awaitState(held.id, 'delivered');
    const [entry, ...others] = await simulator.entries({ uniqueId: document.documentId });
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ typeCode: '11490-0', formatCode: 'urn:ihe:iti:xds-sd:pdf:2008' });
    const cda = await simulator.content(entry!);
    expect(readCda(cda)).toMatchObject({ level: 'N1', header: { patient: { ins: patient.ins } } });
    expect(embeddedPdf(cda)).toEqual(deposit.file.bytes);
    expect(dmpOf(document).form).toBe('cda-n1');
  });

  it('again under the same Idempotency-Key gets the same answer and has one effect, also at the same time', async () => {
    const patient = newPatient(dpi.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
    const deposit = restDeposit(dpi, patient);
    const answers = await Promise.all([post(deposit), post(deposit), post(deposit), post(deposit)]);
    const later = await post(deposit);
    expect(new Set([...answers, later].map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(later.status).toBe(202);
    await awaitState(later.body.id, 'delivered');
    expect(await api.documents({ controlId: deposit.idempotencyKey })).toHaveLength(1);
    expect(await simulator.entries({ uniqueId: later.body.documentId })).toHaveLength(1);
  });

  it('with other content under a known Idempotency-Key is refused', async () => {
    const patient = newPatient(dpi.authority);
    const deposit = restDeposit(dpi, patient);
    expect((await post(deposit)).status).toBe(202);
    const bytes = letterPdf('Autre lettre', ['Un autre contenu.']);
    const answer = await post<Problem>({ ...deposit, file: { ...deposit.file, bytes } });
    expect([answer.status, answer.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(await api.documents({ controlId: deposit.idempotencyKey })).toHaveLength(1);
  });

  it.each([
    ['an unknown field', { force: true }],
    ['an unknown source', { source: 'nobody' }],
    ['a source of another door', { source: 'dpi-a' }],
    ['no patient', { patient: undefined }],
    ['a patient of another identity domain', { patient: { ...otherDomain() } }],
  ])('with %s is refused and creates nothing', async (_title, change) => {
    const deposit = restDeposit(dpi, newPatient(dpi.authority));
    const answer = await post<Problem>({ ...deposit, metadata: { ...deposit.metadata, ...change } });
    expect([400, 403, 422]).toContain(answer.status);
    expect(answer.body.code).toMatch(/^[A-Z_]+$/);
    expect(await api.documents({ controlId: deposit.idempotencyKey })).toEqual([]);
    const rejects = await api.rejects('documents', { controlId: deposit.idempotencyKey });
    expect(rejects).toMatchObject([{ code: answer.body.code }]);
  });
});

function otherDomain() {
  const { traits, ipp } = newPatient(dpi.authority);
  return { ipp: { value: ipp, authority: 'CH-ROCHE' }, traits };
}
