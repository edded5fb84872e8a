import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { documentTypes, mdm, newPatient, withdrawal } from '@pfi/tools';
import type { AdtOptions, DocumentOptions, IndicatorView, SentDocument, SyntheticPatient } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const { api, simulator } = platform;
const gam = 'gam-indicateurs';
const dpi = platform.sender('dpi-indicateurs');
const PERIMETER = '990000812';
const stays = new Map<string, SyntheticPatient>();

type Status = 'validee' | 'qualifiee';

/** A stay of its own patient, from admission to discharge. */
async function stay(name: string, end: string, status: Status = 'qualifiee', options: AdtOptions = {}) {
  const patient = newPatient(dpi.authority);
  stays.set(name, patient);
  const endedAt = new Date(end);
  const admittedAt = new Date(endedAt.getTime() - 2 * 24 * 3_600_000);
  const common = { unit: '8010', admittedAt, ...options };
  await platform.tellIdentity(gam, options.patientClass === 'O' ? 'A04' : 'A01', patient, status, {
    ...common,
    at: admittedAt,
  });
  await platform.tellIdentity(gam, 'A03', patient, status, { ...common, at: endedAt });
  return { patient, status, at: endedAt };
}

type Stay = Awaited<ReturnType<typeof stay>>;

const letter = ({ patient, at, status }: Stay, options: DocumentOptions = {}): Promise<SentDocument> =>
  platform.send(
    mdm(dpi, patient, {
      at,
      unit: '8010',
      ...(status === 'qualifiee' ? { insInCda: patient.ins } : {}),
      ...options,
    }),
  );

/** Accepted by the DMP when it resolves: what follows about the same document comes after. */
async function inDmp(sent: Promise<SentDocument>): Promise<SentDocument> {
  const document = await sent;
  await platform.awaitDmp(document, 'delivered');
  return document;
}

const prescription = (one: Stay) => letter(one, { type: documentTypes.ordonnance });

async function both(one: Stay): Promise<void> {
  await letter(one);
  await prescription(one);
}

const rates = (view: 'gross' | 'net') => api.indicators({ window: 'F3', perimeter: PERIMETER, view });

let before: Record<'gross' | 'net', readonly IndicatorView[]>;

beforeAll(async () => {
  before = { gross: await rates('gross'), net: await rates('net') };
  await both(await stay('S01', '2023-02-01T10:00:00+01:00'));
  await letter(await stay('S02', '2023-02-03T10:00:00+01:00'));
  await letter(await stay('S03', '2023-02-10T10:00:00+01:00', 'validee'));
  await letter(await stay('S04', '2023-03-01T10:00:00+01:00', 'qualifiee', { dischargeDisposition: '20' }));
  await letter(await stay('S05', '2023-03-05T10:00:00+01:00', 'qualifiee', { opposition: 'IO' }));
  const closed = await stay('S06', '2023-03-07T10:00:00+01:00');
  const match = { matricule: closed.patient.ins.matricule };
  await simulator.fault({ target: 'dmp', kind: 'refuse', code: 'DMPClosed', match });
  await letter(closed);
  const seventh = await stay('S07', '2023-04-02T10:00:00+02:00');
  await letter(seventh, { level: 'N3' });
  await prescription(seventh);
  await both(await stay('S08', '2023-07-01T00:30:00+02:00'));
  await stay('S09', '2023-05-05T10:00:00+02:00', 'qualifiee', { patientClass: 'O' });
  const tenth = await stay('S10', '2023-05-20T10:00:00+02:00');
  await prescription(tenth);
  const deleted = await inDmp(letter(tenth));
  await platform.send(withdrawal(dpi, tenth.patient, deleted, { at: tenth.at }));
  const eleventh = await stay('S11', '2023-06-30T23:30:00+02:00');
  await prescription(eleventh);
  const first = await inDmp(letter(eleventh));
  await letter(eleventh, { replaces: first });
}, 120_000);
afterAll(() => platform.close());

/** What this run added to a rate. */
async function added(code: string, view: 'gross' | 'net'): Promise<string> {
  const now = (await rates(view)).find((one) => one.code === code);
  const then = before[view].find((one) => one.code === code);
  if (!now || !then) throw new Error(`no rate ${code}`);
  return `${now.numerator - then.numerator}/${now.denominator - then.denominator}`;
}

interface StayVerdict {
  readonly stay: string;
  readonly counted: string;
  readonly reason: { readonly code: string; readonly text: string };
  readonly documents: readonly { readonly state: string; readonly version: number }[];
}

async function verdict(name: string): Promise<StayVerdict | undefined> {
  const url = `${api.indicatorsUrl}/indicators/DS1.1/stays?window=F3&view=net&perimeter=${PERIMETER}&limit=200`;
  const { body } = await api.exchange<{ readonly items: readonly StayVerdict[] }>(url);
  return body.items.find(({ stay: number }) => number === stays.get(name)?.visit);
}

describe('the eleven stays of the golden count, sent through the doors', () => {
  it.each([
    ['DS1.1', 'gross', '4/8'],
    ['DS1.1', 'net', '4/5'],
    ['DS1.2', 'gross', '4/8'],
    ['DS1.2', 'net', '4/5'],
  ] as const)('%s, %s view, is %s', async (code, view, count) => {
    await eventually(async () => expect(await added(code, view)).toBe(count), { timeoutMs: 45_000, everyMs: 250 });
  });

  it('are measured against the target of the window', async () => {
    const [gross] = await rates('gross');
    expect(gross).toMatchObject({ code: 'DS1.1', perimeter: PERIMETER, target: 64, reached: false });
    expect((await rates('net'))[0]).toMatchObject({ target: 64, reached: true });
  });

  it.each([
    ['S01', 'numerator FED'],
    ['S03', 'excluded NO_QUALIFIED_INS'],
    ['S04', 'excluded DECEASED'],
    ['S05', 'excluded DMP_OPPOSED'],
    ['S06', 'excluded DMP_CLOSED'],
    ['S09', 'excluded CLASS_NOT_COUNTED'],
    ['S10', 'denominator DOCUMENT_WITHDRAWN'],
    ['S11', 'numerator FED'],
  ])('%s says why it is counted so', async (name, expected) => {
    const found = await verdict(name);
    expect(`${found?.counted} ${found?.reason.code}`).toBe(expected);
    expect(found?.reason.text).toMatch(/^[A-ZÀ-Ý].+/);
  });

  it('S08 ended on the first of July in France: out of the window', async () => {
    expect(await verdict('S08')).toBeUndefined();
  });

  it('S11 counts once, by its second version', async () => {
    await eventually(
      async () => {
        const states = (await verdict('S11'))?.documents.map(({ version, state }) => `v${version} ${state}`);
        expect(states).toEqual(['v2 fed', 'v1 replaced']);
      },
      { timeoutMs: 30_000, everyMs: 250 },
    );
  });
});

describe('a rebuild while the platform runs', () => {
  it('asks the owners for their state and ends with the same rates, stays and reasons', async () => {
    const shown = async () => {
      const url = `${api.indicatorsUrl}/indicators/DS1.1/stays?window=F3&perimeter=${PERIMETER}&limit=200`;
      const { body } = await api.exchange<{ readonly items: readonly StayVerdict[] }>(url);
      return body.items.map(({ stay: number, counted, reason, documents }) => ({ number, counted, reason, documents }));
    };
    const before = await shown();
    const rebuild = `${api.indicatorsUrl}/rebuild`;
    const started = await api.exchange<{ readonly generation: number }>(rebuild, { method: 'POST' });
    expect(started.status).toBe(202);
    await eventually(
      async () => {
        const { body } = await api.exchange<{ readonly generations: readonly { id: number; state: string }[] }>(
          rebuild,
        );
        expect(body.generations.find(({ id }) => id === started.body.generation)?.state).toBe('live');
      },
      { timeoutMs: 50_000, everyMs: 500 },
    );
    expect(await shown()).toEqual(before);
  });
});
