import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunningSimulators } from './running-simulators.js';

interface Bundle {
  readonly total: number;
  readonly entry: readonly {
    readonly resource: {
      readonly telecom?: readonly {
        readonly system: string;
        readonly value: string;
        readonly extension: readonly object[];
      }[];
    };
  }[];
}

describe('simulated Annuaire Santé', () => {
  let sim: RunningSimulators;
  beforeAll(async () => {
    sim = await RunningSimulators.start();
  });
  afterAll(() => sim.stop());

  const ask = (path: string) =>
    fetch(`http://127.0.0.1:${sim.ports.annuaire}/fhir/${path}`, { headers: { 'ESANTE-API-KEY': 'any' } });
  const search = async (path: string) => (await ask(path)).json() as Promise<Bundle>;
  const roles = (rpps: string) =>
    search(`PractitionerRole?practitioner.identifier=${encodeURIComponent(`https://rpps.esante.gouv.fr|${rpps}`)}`);

  it('gives the MSSanté mailboxes of a professional by RPPS, in any of its writings', async () => {
    const mailbox = expect.objectContaining({ system: 'email', value: 'dr.annuaire@cabinet.mssante.fr' });
    for (const path of [
      'Practitioner?identifier=https://rpps.esante.gouv.fr|10000000017',
      'Practitioner?identifier=urn:oid:1.2.250.1.71.4.2.1|810000000017',
      'Practitioner?identifier=10000000017',
      'PractitionerRole?practitioner.identifier=10000000017',
    ]) {
      const { total, entry } = await search(path);
      expect(total).toBe(1);
      expect(entry[0]?.resource.telecom).toEqual([mailbox]);
    }
    const [one] = (await roles('10000000017')).entry;
    expect(JSON.stringify(one?.resource.telecom?.[0]?.extension)).toContain('"code":"MSSANTE"');
  });

  it('knows a professional without mailbox, and does not know others', async () => {
    const { total, entry } = await roles('10000000025');
    expect(total).toBe(1);
    expect(entry[0]?.resource).not.toHaveProperty('telecom');
    expect(await roles('10000000099')).toMatchObject({ total: 0, entry: [] });
    expect(await search('Practitioner?identifier=urn:oid:9.9|10000000017')).toMatchObject({ total: 0 });
  });

  it('learns mailboxes, and keeps them over a restart', async () => {
    const put = (rpps: string, addresses: readonly string[]) =>
      sim.admin(`/annuaire/professionals/${rpps}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ addresses }),
      });
    expect((await put('10000000033', ['a@x.mssante.fr', 'b@x.mssante.fr'])).status).toBe(204);
    expect((await put('not-an-rpps', [])).status).toBe(400);
    await sim.restart();
    const [one] = (await roles('10000000033')).entry;
    expect(one?.resource.telecom?.map(({ value }) => value)).toEqual(['a@x.mssante.fr', 'b@x.mssante.fr']);
  });

  it('refuses a search without identifier, and what it does not know', async () => {
    expect((await ask('Practitioner')).status).toBe(400);
    expect((await ask('Organization?identifier=1')).status).toBe(404);
  });

  it('is down for one professional only', async () => {
    await sim.setFault({
      target: 'annuaire',
      kind: 'http-status',
      code: 503,
      match: { rpps: '10000000025' },
      times: 1,
    });
    expect((await ask('Practitioner?identifier=10000000025')).status).toBe(503);
    expect((await ask('Practitioner?identifier=10000000025')).status).toBe(200);
  });
});
