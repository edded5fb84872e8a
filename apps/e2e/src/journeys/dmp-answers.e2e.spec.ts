import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { mdm, newPatient } from '@pfi/tools';
import type { Problem, SyntheticPatient } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const { simulator } = platform;
const dpi = platform.sender('dpi-a');
const gateway = platform.apiAs({ id: 'pfi-dmp-gateway', secret: 'pfi-dmp-gateway' });
const operations = async (uniqueId: string) =>
  (await simulator.requests({ uniqueId })).map(({ operation, outcome }) => `${operation} ${outcome}`);

async function qualified(): Promise<SyntheticPatient> {
  const patient = newPatient(dpi.authority);
  await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
  return patient;
}

afterAll(() => platform.close());

describe('what the DMP answers', () => {
  it('a business refusal (DMPClosed) is final: asked once, told to the sender with its code', async () => {
    const patient = await qualified();
    await simulator.fault({
      target: 'dmp',
      kind: 'refuse',
      code: 'DMPClosed',
      match: { matricule: patient.ins.matricule },
    });
    const sent = await platform.send(mdm(dpi, patient, { insInCda: patient.ins }));
    const { document, delivery } = await platform.awaitDmp(sent, 'refused');
    expect(document.state).toBe('refused');
    expect(delivery).toMatchObject({ outcomeCode: 'DMPClosed', attempts: 1, reasons: [{ code: 'DMPClosed' }] });
    expect(await platform.awaitZam(sent)).toMatchObject({
      positive: false,
      error: { code: 'DMPClosed', system: 'DMPERRORCODE' },
    });
    expect(await operations(sent.documentId)).toEqual(['iti-41 failure']);
  });

  it('an answer lost after commit is looked up: one entry, and the timeline says how it is known', async () => {
    const patient = await qualified();
    const sent = mdm(dpi, patient, { insInCda: patient.ins });
    await simulator.fault({
      target: 'dmp',
      kind: 'commit-then-drop',
      times: 1,
      match: { uniqueId: sent.documentId, operation: 'iti-41' },
    });
    await platform.send(sent);
    const { document } = await platform.awaitDmp(sent, 'delivered', { timeoutMs: 30_000 });
    expect(await operations(sent.documentId)).toEqual(['iti-41 dropped', 'iti-18 success']);
    expect(await simulator.entries({ uniqueId: sent.documentId })).toHaveLength(1);
    const delivered = document.timeline.find(({ event }) => event === 'delivery-delivered');
    expect(delivered?.text).toContain('retrouvé');
    expect(await platform.awaitZam(sent)).toMatchObject({ positive: true });
  });

  it('a registry that is busy is asked again until it takes the document', async () => {
    const patient = await qualified();
    const sent = mdm(dpi, patient, { insInCda: patient.ins });
    await simulator.fault({ target: 'dmp', kind: 'busy', times: 2, match: { uniqueId: sent.documentId } });
    await platform.send(sent);
    const { delivery } = await platform.awaitDmp(sent, 'delivered', { timeoutMs: 30_000 });
    expect(delivery.attempts).toBe(3);
    expect(await operations(sent.documentId)).toEqual(['iti-41 failure', 'iti-41 failure', 'iti-41 success']);
    expect(await simulator.entries({ uniqueId: sent.documentId })).toHaveLength(1);
  });

  it('a correction of the identity after queueing always wins: held again, and deposited once when qualified again', async () => {
    const patient = await qualified();
    const sent = mdm(dpi, patient, { insInCda: patient.ins });
    const busy = await simulator.fault({ target: 'dmp', kind: 'busy', match: { uniqueId: sent.documentId } });
    await platform.send(sent);
    await eventually(async () => expect((await operations(sent.documentId)).length).toBeGreaterThan(0), {
      timeoutMs: 15_000,
    });

    await platform.tellIdentity('gam', 'A31', patient, 'provisoire');
    const { document, delivery } = await platform.awaitDmp(sent, 'held', { reason: 'INS_NOT_QUALIFIED' });
    expect(document.state).toBe('held');
    await simulator.endFault(busy);
    // whoever asks for the go-ahead of what was queued is refused it
    const claim = await gateway.exchange<Problem>(
      `http://127.0.0.1:${platform.address.ports.documentsHttp}/internal/v1/deliveries/${delivery.id}/claim`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"request":1}' },
    );
    expect([claim.status, claim.body.code]).toEqual([409, 'DELIVERY_HELD']);
    await eventually(
      async () => expect(await platform.api.submissions(document.id)).toMatchObject([{ state: 'cancelled' }]),
      { timeoutMs: 15_000 },
    );
    expect(await simulator.entries({ uniqueId: sent.documentId })).toEqual([]);

    await platform.tellIdentity('gam', 'A31', patient, 'qualifiee');
    await platform.awaitDmp(sent, 'delivered', { timeoutMs: 30_000 });
    expect(await simulator.entries({ uniqueId: sent.documentId })).toHaveLength(1);
    expect(await platform.awaitZam(sent)).toMatchObject({ positive: true });
  });
});
