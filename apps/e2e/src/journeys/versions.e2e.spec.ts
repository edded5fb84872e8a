import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { mdm, newPatient, withdrawal } from '@pfi/tools';
import type { SentDocument, SyntheticPatient } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const { simulator } = platform;
const dpi = platform.sender('dpi-a');

afterAll(() => platform.close());

async function admitted(status: 'provisoire' | 'qualifiee' = 'qualifiee'): Promise<SyntheticPatient> {
  const patient = newPatient(dpi.authority);
  await platform.tellIdentity('gam', 'A28', patient, status);
  return patient;
}

const letter = (patient: SyntheticPatient, replaces?: SentDocument): SentDocument =>
  mdm(dpi, patient, { unit: '1010', ...(replaces ? { replaces } : {}) });

const statuses = async (...sent: SentDocument[]) =>
  (await Promise.all(sent.map(({ documentId }) => simulator.entries({ uniqueId: documentId })))).map((entries) =>
    entries.map(({ status }) => status).join(),
  );

const zams = ({ controlId }: Pick<SentDocument, 'controlId'>) =>
  eventually(
    async () => {
      const found = await simulator.zams({ originalControlId: controlId });
      expect(found.length).toBeGreaterThan(0);
      return found.map(({ kind, positive }) => `${kind} ${positive ? 'Y' : 'N'}`);
    },
    { timeoutMs: 15_000, everyMs: 150 },
  );

describe('a document that is replaced (T10)', () => {
  it('gives its place in the DMP to the next version, and its sender is told', async () => {
    const patient = await admitted();
    const first = await platform.send(letter(patient));
    await platform.awaitDmp(first, 'delivered');
    const second = await platform.send(letter(patient, first));
    const { document, delivery } = await platform.awaitDmp(second, 'delivered');
    expect(delivery.operation).toBe('replace');
    expect(document.version).toBe(2);
    expect(await statuses(first, second)).toEqual(['Deprecated', 'Approved']);
    expect(await zams(second)).toEqual(['Z01 Y']);
  });

  it('before it left never leaves', async () => {
    const patient = await admitted('provisoire');
    const first = await platform.send(letter(patient));
    await platform.awaitDmp(first, 'held');
    const second = await platform.send(letter(patient, first));
    await platform.awaitDmp(first, 'cancelled', { reason: 'SUPERSEDED' });
    await platform.tellIdentity('gam', 'A31', patient, 'qualifiee');
    await platform.awaitDmp(second, 'delivered');
    expect(await statuses(first, second)).toEqual(['', 'Approved']);
  });

  it('by three versions sent at once ends with the last one alone', async () => {
    const patient = await admitted();
    const first = letter(patient);
    const second = letter(patient, first);
    const third = letter(patient, second);
    for (const sent of [second, third, first]) await platform.send(sent);
    await platform.awaitDmp(third, 'delivered');
    const [, , last] = await statuses(first, second, third);
    expect(last).toBe('Approved');
    const others = (await statuses(first, second)).filter((status) => status !== '');
    expect(others.every((status) => status === 'Deprecated')).toBe(true);
  });

  it('whose answer was lost is in the DMP once', async () => {
    const patient = await admitted();
    const first = await platform.send(letter(patient));
    await platform.awaitDmp(first, 'delivered');
    const second = letter(patient, first);
    const match = { uniqueId: second.documentId, operation: 'iti-41' };
    await simulator.fault({ target: 'dmp', kind: 'commit-then-drop', times: 1, match });
    await platform.send(second);
    await platform.awaitDmp(second, 'delivered');
    expect(await statuses(first, second)).toEqual(['Deprecated', 'Approved']);
  });
});

describe('a document that is withdrawn (T04)', () => {
  it('disappears from the DMP, and the one who withdrew it is told', async () => {
    const patient = await admitted();
    const sent = await platform.send(letter(patient));
    await platform.awaitDmp(sent, 'delivered');
    const gone = await platform.send(withdrawal(dpi, patient, sent, { unit: '1010' }));
    await eventually(async () => expect(await statuses(sent)).toEqual(['Deleted']), { timeoutMs: 15_000 });
    expect(await zams(gone)).toEqual(['Z01 Y']);
    expect((await platform.documentOf(sent)).state).toBe('withdrawn');
  });

  it('before it came never enters the DMP', async () => {
    const patient = await admitted();
    const sent = letter(patient);
    await platform.send(withdrawal(dpi, patient, sent, { unit: '1010' }));
    await platform.send(sent);
    const other = await platform.send(letter(patient));
    await platform.awaitDmp(other, 'delivered');
    expect(await statuses(sent)).toEqual(['']);
  });

  it('while the DMP is busy is deleted in the end', async () => {
    const patient = await admitted();
    const sent = await platform.send(letter(patient));
    await platform.awaitDmp(sent, 'delivered');
    const match = { uniqueId: sent.documentId, operation: 'update' };
    await simulator.fault({ target: 'dmp', kind: 'busy', times: 1, match });
    await platform.send(withdrawal(dpi, patient, sent, { unit: '1010' }));
    await eventually(async () => expect(await statuses(sent)).toEqual(['Deleted']), { timeoutMs: 15_000 });
  });
});
