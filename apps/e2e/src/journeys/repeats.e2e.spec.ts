import { afterAll, describe, expect, it } from '@jest/globals';
import { adt, mdm, newPatient, sentAgain } from '@pfi/tools';
import type { SyntheticPatient } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const { simulator, api } = platform;
const dpi = platform.sender('dpi-a');

async function qualified(): Promise<SyntheticPatient> {
  const patient = newPatient(dpi.authority);
  await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
  return patient;
}

afterAll(() => platform.close());

describe('what comes again', () => {
  it('the same message gets the same answer and has one effect', async () => {
    const patient = await qualified();
    const sent = mdm(dpi, patient, { insInCda: patient.ins });
    const first = await platform.doors.documentBytes(sent.message);
    const second = await platform.doors.documentBytes(sent.message);
    expect(second).toEqual(first);
    await platform.awaitDmp(sent, 'delivered');
    expect(await platform.doors.documentBytes(sent.message)).toEqual(first);
    expect(await api.documents({ controlId: sent.controlId })).toHaveLength(1);
    expect(await simulator.entries({ uniqueId: sent.documentId })).toHaveLength(1);
    await platform.awaitZam(sent);
  });

  it('the same message on four connections at once has one effect', async () => {
    const patient = await qualified();
    const sent = mdm(dpi, patient, { insInCda: patient.ins });
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => platform.moreDoors()).map((doors) => doors.documentBytes(sent.message)),
    );
    expect(new Set(answers.map((answer) => answer.toString('hex'))).size).toBe(1);
    await platform.awaitDmp(sent, 'delivered');
    expect(await api.documents({ documentId: sent.documentId })).toHaveLength(1);
    expect(await simulator.entries({ uniqueId: sent.documentId })).toHaveLength(1);
  });

  it('the same document under a new message is absorbed', async () => {
    const patient = await qualified();
    const sent = await platform.send(mdm(dpi, patient, { insInCda: patient.ins }));
    await platform.awaitDmp(sent, 'delivered');
    const again = await platform.send(sentAgain(dpi, patient, sent));
    expect(again.controlId).not.toBe(sent.controlId);
    expect(await api.documents({ documentId: sent.documentId })).toMatchObject([{ controlId: sent.controlId }]);
    expect(await api.documents({ controlId: again.controlId })).toEqual([]);
    expect(await simulator.requests({ uniqueId: sent.documentId })).toHaveLength(1);
  });

  it('other bytes under the id of a known document are refused', async () => {
    const patient = await qualified();
    const sent = await platform.send(mdm(dpi, patient, { insInCda: patient.ins }));
    const other = mdm(dpi, patient, { insInCda: patient.ins, documentId: sent.documentId, minBytes: 9_000 });
    expect(await platform.doors.document(other.message)).toMatchObject({
      code: 'AE',
      error: { hl7Code: '207', code: 'DOCUMENT_ID_REUSED' },
    });
    await platform.awaitDmp(sent, 'delivered');
    expect(await simulator.entries({ uniqueId: sent.documentId })).toHaveLength(1);
  });

  it('the same ADT gets the same answer', async () => {
    const { message } = adt(platform.sender('gam'), 'A28', newPatient(dpi.authority), 'provisoire');
    const first = await platform.doors.identityBytes(message);
    expect(await platform.doors.identityBytes(message)).toEqual(first);
  });
});

describe('two files of one person', () => {
  it('merged (A40) while a delivery is held: it leaves under the INS of the survivor', async () => {
    const survivor = newPatient(dpi.authority);
    const retired: SyntheticPatient = { ...newPatient(dpi.authority), traits: survivor.traits, ins: survivor.ins };
    await platform.tellIdentity('gam', 'A28', survivor, 'qualifiee');
    await platform.tellIdentity('gam', 'A28', retired, 'provisoire');
    const sent = await platform.send(mdm(dpi, retired));
    await platform.awaitDmp(sent, 'held', { reason: 'INS_NOT_QUALIFIED' });

    await platform.tellIdentity('gam', 'A40', survivor, 'qualifiee', { retired });
    await platform.awaitDmp(sent, 'delivered');
    const [entry, ...others] = await simulator.entries({ uniqueId: sent.documentId });
    expect(others).toEqual([]);
    expect(entry?.patientId).toContain(survivor.ins.matricule);
    const [known, ...moreFiles] = await api.patients({ ipp: { authority: dpi.authority.name, value: retired.ipp } });
    expect(moreFiles).toEqual([]);
    expect(known?.identifiers.map(({ value }) => value).sort()).toEqual([retired.ipp, survivor.ipp].sort());
  });
});
