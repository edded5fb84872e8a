import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mdm, newPatient } from '@pfi/tools';
import type { DocumentView, Problem, SentDocument } from '@pfi/tools';
import { Platform } from '../setup/platform.js';
import { scopedClients } from '../setup/scoped-clients.js';

const platform = new Platform();
const { api } = platform;
const rocheClaire = platform.apiAs(scopedClients.rocheClaire);
const vieuxPont = platform.apiAs(scopedClients.vieuxPont);
const brume = newPatient(platform.sender('gam').authority);
const roche = newPatient(platform.sender('gam2').authority);
let sentByBrume: SentDocument;
let atTilleuls: DocumentView;
let atVieuxPont: DocumentView;
let atRoche: DocumentView;

beforeAll(async () => {
  await platform.tellIdentity('gam', 'A28', brume, 'provisoire');
  await platform.tellIdentity('gam2', 'A28', roche, 'provisoire');
  const tilleuls = await platform.send(mdm(platform.sender('dpi-a'), brume, { unit: '1010' }));
  const vieux = await platform.send(mdm(platform.sender('dpi-a'), brume, { unit: '1020' }));
  const other = await platform.send(mdm(platform.sender('dpi2'), roche, { unit: '1010' }));
  sentByBrume = tilleuls;
  atTilleuls = await platform.documentOf(tilleuls);
  atVieuxPont = await platform.documentOf(vieux);
  atRoche = await platform.documentOf(other);
});
afterAll(() => platform.close());

describe('a machine client with the scope of one legal entity', () => {
  it('sees its own documents', async () => {
    expect(await rocheClaire.document(atRoche.id)).toMatchObject({ legalEntity: '990000200' });
    const seen = await rocheClaire.documents();
    expect(new Set(seen.map(({ legalEntity }) => legalEntity))).toEqual(new Set(['990000200']));
  });

  it('finds nothing of another by any filter', async () => {
    const filters: Record<string, string>[] = [
      { controlId: sentByBrume.controlId },
      { documentId: sentByBrume.documentId },
      { source: 'dpi-a' },
      { stay: brume.visit },
      ...(atTilleuls.patientId ? [{ patient: atTilleuls.patientId }] : []),
    ];
    for (const filter of filters) expect(await rocheClaire.documents(filter)).toEqual([]);
  });

  it.each([
    ['GET', ''],
    ['GET', '/content'],
    ['POST', '/replay'],
    ['POST', '/abandon'],
  ])('is answered 404 to %s …%s of another’s document', async (method, action) => {
    const answer = await rocheClaire.exchange<Problem>(`${api.documentsUrl}/documents/${atTilleuls.id}${action}`, {
      method,
      ...(method === 'POST'
        ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ reason: 'essai de cloison' }) }
        : {}),
    });
    expect(answer.status).toBe(404);
    expect(answer.body.code).toBe('DOCUMENT_UNKNOWN');
    expect((await platform.documentOf(sentByBrume)).state).toBe('held');
  });

  it('knows no patient of another identity domain', async () => {
    const ipp = { authority: brume.authority.name, value: brume.ipp };
    expect(await rocheClaire.patients({ ipp })).toEqual([]);
    const [known] = await api.patients({ ipp });
    const answer = await rocheClaire.exchange<Problem>(`${api.identityUrl}/patients/${known?.id}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'PATIENT_UNKNOWN']);
    expect(await rocheClaire.patients({ ipp: { authority: roche.authority.name, value: roche.ipp } })).toHaveLength(1);
  });

  it('sees no refused message of another, nor of an unknown sender', async () => {
    const { controlId, message } = mdm({ ...platform.sender('dpi-a'), application: 'INCONNUE' }, brume);
    expect(await platform.doors.document(message)).toMatchObject({ code: 'AE' });
    expect(await api.rejects('documents', { controlId })).toHaveLength(1);
    expect(await rocheClaire.rejects('documents', { controlId })).toEqual([]);
  });
});

describe('a machine client with the scope of one establishment', () => {
  it('sees the documents of this establishment and not of the other in the same legal entity', async () => {
    expect(await vieuxPont.document(atVieuxPont.id)).toMatchObject({ establishment: '990000127' });
    const answer = await vieuxPont.exchange<Problem>(`${api.documentsUrl}/documents/${atTilleuls.id}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'DOCUMENT_UNKNOWN']);
    const seen = await vieuxPont.documents();
    expect(new Set(seen.map(({ establishment }) => establishment))).toEqual(new Set(['990000127']));
  });

  it('is not let in where its roles do not reach', async () => {
    const answer = await vieuxPont.exchange<Problem>(
      `http://127.0.0.1:${platform.address.ports.documentsHttp}/internal/v1/deliveries/${atVieuxPont.deliveries[0]?.id}/claim`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"request":1}' },
    );
    expect(answer.status).toBe(403);
  });
});
