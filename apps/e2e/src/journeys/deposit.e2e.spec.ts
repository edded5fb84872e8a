import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readCda } from '@pfi/cda';
import { eventually } from '@pfi/platform-testing';
import { mdm, newPatient, oru, withAnotherIns } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const { simulator, api } = platform;
const gam = platform.sender('gam');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

afterAll(() => platform.close());

describe('a document for the DMP', () => {
  it('is held while the INS is not qualified, leaves by itself once it is, and its sender is told', async () => {
    const patient = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'provisoire');
    await platform.tellIdentity('gam', 'A01', patient, 'provisoire', { unit: '1010' });
    const sent = await platform.send(mdm(platform.sender('dpi-a'), patient, { unit: '1010' }));

    const held = await platform.awaitDmp(sent, 'held', { reason: 'INS_NOT_QUALIFIED' });
    expect(held.document.state).toBe('held');
    expect(held.document.reasons[0]?.text).toBe(
      'INS non qualifiée : l’envoi partira dès que l’identité sera qualifiée.',
    );
    expect(await simulator.requests({ uniqueId: sent.documentId })).toEqual([]);

    await platform.tellIdentity('gam', 'A31', patient, 'qualifiee');
    const { document, delivery } = await platform.awaitDmp(sent, 'delivered');
    expect(document).toMatchObject({ state: 'delivered', source: 'dpi-a', establishment: '990000119', version: 1 });
    expect(await api.content(document.id)).toEqual(sent.cda);

    const [entry, ...others] = await simulator.entries({ uniqueId: sent.documentId });
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      typeCode: '11490-0',
      patientId: `${patient.ins.matricule}^^^&${patient.ins.oid}&ISO^NH`,
    });
    const deposited = await simulator.content(entry!);
    expect(sha256(deposited)).toBe(delivery.artefactSha256);
    expect(readCda(deposited).header.patient.ins).toEqual(patient.ins);

    expect(await platform.awaitZam(sent)).toMatchObject({ kind: 'Z01', positive: true, application: 'DPI-A' });
    // Written a moment after its sender has it. The document may come before the identity's own event; mails and their PDF have
    // lines of their own.
    const told = await eventually(async () => {
      const timeline = (await platform.documentOf(sent)).timeline.map(({ event, text }) => `${event}: ${text}`);
      expect(timeline.some((line) => line.includes('Z01'))).toBe(true);
      return timeline.filter((line) => !/Patient inconnu|MSSanté|PDF_NOT_PDFA|Z02/.test(line));
    });
    expect(told).toEqual([
      expect.stringMatching(/^received: Reçu de dpi-a/),
      expect.stringMatching(/^delivery-held: DMP : en attente\. INS non qualifiée/),
      expect.stringContaining(`complete-ins: CDA complété par l’INS qualifiée : original ${sha256(sent.cda)}`),
      expect.stringMatching(/^delivery-pending: DMP : envoi demandé/),
      expect.stringMatching(/^delivery-delivered: DMP : /),
      expect.stringMatching(/^feedback-sent: Accusé métier Z01 \(positif\)/),
    ]);
  });

  it('that carries the qualified INS already is deposited byte for byte', async () => {
    const patient = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
    const sent = await platform.send(
      mdm(platform.sender('dpi-a'), patient, { insInCda: patient.ins, insInPid: patient.ins }),
    );
    const { document, delivery } = await platform.awaitDmp(sent, 'delivered');
    expect(delivery.artefactSha256).toBe(sha256(sent.cda));
    expect(document.timeline.map(({ event }) => event)).not.toContain('complete-ins');
    const [entry] = await simulator.entries({ uniqueId: sent.documentId });
    expect(await simulator.content(entry!)).toEqual(sent.cda);
  });

  it('that carries another INS is put aside and never sent', async () => {
    const patient = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
    const sent = await platform.send(mdm(platform.sender('dpi-a'), patient, { insInCda: withAnotherIns(patient).ins }));
    const { document } = await platform.awaitDmp(sent, 'parked', { reason: 'INS_MISMATCH' });
    expect(document.state).toBe('parked');
    expect(await platform.awaitZam(sent)).toMatchObject({ positive: false, error: { code: '904' } });
    expect(await simulator.requests({ uniqueId: sent.documentId })).toEqual([]);
  });

  it('without INS from a source that refuses completion is to be sent again, and its sender is told so', async () => {
    const patient = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
    const sent = await platform.send(mdm(platform.sender('dpi-refuse'), patient));
    const { document } = await platform.awaitDmp(sent, 'refused', { reason: 'INS_ABSENT_FROM_DOCUMENT' });
    expect(document).toMatchObject({ state: 'refused', establishment: '990000127' });
    expect(await platform.awaitZam(sent)).toMatchObject({
      positive: false,
      application: 'DPI-REFUSE',
      error: { code: '903', system: 'applicationErrorCondition' },
    });
    expect(await simulator.requests({ uniqueId: sent.documentId })).toEqual([]);
  });

  it('from a laboratory, structured (N3), by ORU^R01, is deposited as N3', async () => {
    const patient = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
    const sent = await platform.send(oru(platform.sender('sil'), patient, { insInCda: patient.ins }));
    const { delivery } = await platform.awaitDmp(sent, 'delivered');
    expect(delivery.form).toBe('cda-n3');
    const [entry] = await simulator.entries({ uniqueId: sent.documentId });
    expect(entry).toMatchObject({ typeCode: '11502-2' });
    expect(entry?.formatCode).not.toBe('urn:ihe:iti:xds-sd:pdf:2008');
    expect(await simulator.content(entry!)).toEqual(sent.cda);
    expect(await platform.awaitZam(sent)).toMatchObject({ positive: true, application: 'SIL' });
  });

  it('vouched for by its source needs no earlier ADT', async () => {
    const ris = platform.sender('ris');
    const patient = newPatient(ris.authority);
    const sent = await platform.send(mdm(ris, patient, { vouched: true, insInCda: patient.ins }));
    await platform.awaitDmp(sent, 'delivered');
    const [entry] = await simulator.entries({ uniqueId: sent.documentId });
    expect(await simulator.content(entry!)).toEqual(sent.cda);
    const [known, ...others] = await api.patients({ ins: { matricule: patient.ins.matricule } });
    expect(others).toEqual([]);
    expect(known?.ins).toMatchObject({ ...patient.ins, status: 'qualifiee' });
  });

  it('of a patient who opposes the feeding of the DMP does not apply, and the reason is told', async () => {
    const patient = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'qualifiee', { opposition: 'IO' });
    const sent = await platform.send(mdm(platform.sender('dpi-a'), patient));
    const { delivery } = await platform.awaitDmp(sent, 'not-applicable', { reason: 'DMP_OPPOSITION' });
    await eventually(async () => expect((await platform.documentOf(sent)).state).toBe('not-sent'));
    expect(delivery.reasons[0]?.text).toBe('Le patient s’oppose à l’alimentation de son DMP.');
    expect(await platform.awaitZam(sent)).toMatchObject({ positive: false, error: { code: '906' } });
    expect(await simulator.requests({ uniqueId: sent.documentId })).toEqual([]);
  });
});
