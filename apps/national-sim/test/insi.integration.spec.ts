import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSearchRequest, parseSearchResponse, searchAction, type InsiSearch } from '@pfi/insi';
import { RunningSimulators } from './running-simulators.js';

describe('simulated INSi', () => {
  let sim: RunningSimulators;
  beforeAll(async () => {
    sim = await RunningSimulators.start();
  });
  afterAll(() => sim.stop());

  interface Answer {
    readonly status: number;
    readonly body: Buffer;
  }

  function post(body: Buffer, tls: object = { cert: sim.channel.certificate, key: sim.channel.key }): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          ...{ host: 'localhost', port: sim.ports.insi, path: '/insi', method: 'POST', agent: false },
          ...{ ca: sim.authority.certificate, ...tls },
          headers: { 'content-type': `application/soap+xml; charset=utf-8; action="${searchAction}"` },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }

  const ask = async (search: InsiSearch) => {
    const context = {
      messageId: randomUUID(),
      at: new Date(),
      emitter: '990000101',
      software: { name: 'PFI', version: '0.1', instance: 'essai' },
    };
    return parseSearchResponse((await post(buildSearchRequest(search, context))).body);
  };

  const register = (matricule: string, traits: object) =>
    sim.admin('/insi/persons', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ins: { matricule, oid: '1.2.250.1.213.1.4.10' }, traits }),
    });

  /** Traits of nobody else: letters stand for the digits of a random id. */
  const someone = () => {
    const birthName = `ESSAI ${randomUUID()
      .replaceAll(/[^a-f]/g, '')
      .toUpperCase()}`;
    return {
      birthName,
      birthGivenNames: 'MARIE CLAUDE',
      sex: 'F',
      birthDate: '1980-01-31',
      birthPlace: '75115',
    } as const;
  };
  const searchOf = ({ birthGivenNames, ...traits }: ReturnType<typeof someone>): InsiSearch => ({
    ...traits,
    givenNames: [birthGivenNames.split(' ')[0] ?? ''],
  });

  it('finds who was registered, also after a restart', async () => {
    const traits = someone();
    expect((await register('280017511512340', traits)).status).toBe(201);
    const found = { kind: 'found', identity: { ins: { matricule: '280017511512340' }, traits } };
    expect(await ask(searchOf(traits))).toMatchObject(found);
    await sim.restart();
    expect(await ask(searchOf(traits))).toMatchObject(found);
  });

  it('knows the published test identity, nobody else, and says when there are several', async () => {
    const published = { birthName: 'ADRTROIS', givenNames: ['DOMINIQUE'], sex: 'F', birthDate: '1997-02-26' } as const;
    expect(await ask(published)).toMatchObject({ kind: 'found', identity: { ins: { matricule: '297022A02077878' } } });
    expect(await ask({ ...published, birthDate: '1997-02-27' })).toEqual({ kind: 'none' });
    const twins = someone();
    await register('280017511512341', twins);
    await register('280017511512342', twins);
    expect(await ask(searchOf(twins))).toEqual({ kind: 'many' });
  });

  it('refuses a person without INS', async () => {
    expect((await register('', someone())).status).toBe(400);
  });

  it('answers by a SOAP fault to what is no search, and on demand', async () => {
    expect((await post(Buffer.from('<x/>'))).status).toBe(500);
    await sim.setFault({ target: 'insi', kind: 'refuse', code: 'insi_102', context: 'Erreur technique', times: 1 });
    expect(await ask(searchOf(someone()))).toMatchObject({ kind: 'fault', code: 'insi_102' });
  });

  it('logs each call with the certificate of its caller, and demands one', async () => {
    await expect(post(Buffer.from('<x/>'), {})).rejects.toThrow();
    const calls = await sim.items<{ certificateSubject: string; outcome: string }>('/insi/calls');
    expect(calls.at(-1)?.certificateSubject).toContain('CN=CH X authentification');
  });
});
