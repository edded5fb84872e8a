import type { Client } from 'pg';
import type { PlatformApi } from '../../demo/player/index.js';

/** A page of the console, asked with parameters of its own each time. */
export interface ConsolePage {
  readonly name: string;
  readonly ask: (sample: number) => Promise<void>;
}

/** Documents as a person may ask for them, drawn all over what was seeded. */
export interface Drawn {
  readonly id: string;
  readonly source: string;
  readonly controlId: string;
  readonly documentId: string;
  readonly patient: string;
  readonly stay: string;
  readonly receivedAt: string;
}

/** A few hundred documents, at random but the same at each run. */
export async function draw(admin: Client, establishment?: string): Promise<Drawn[]> {
  const { rows } = await admin.query<Drawn>(
    `SELECT id, source, control_id AS "controlId", document_oid AS "documentId", patient_id AS patient, stay_number AS stay,
            to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "receivedAt"
     FROM documents.document WHERE control_id LIKE 'BENCH%' AND ($1::text IS NULL OR establishment = $1)
     ORDER BY md5(control_id) LIMIT 400`,
    [establishment ?? null],
  );
  return rows;
}

const DAY = 24 * 3_600_000;
const dayAfter = (instant: string, days = 1): string => new Date(Date.parse(instant) + days * DAY).toISOString();
const cursorAt = (drawn: Drawn): string =>
  Buffer.from(JSON.stringify([drawn.receivedAt, drawn.id])).toString('base64url');

/** The pages of documents that the console asks for. */
export function documentPages(who: string, api: PlatformApi, drawn: readonly Drawn[]): ConsolePage[] {
  const oldest = drawn.toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1)).slice(0, drawn.length / 20);
  const base = `${api.documentsUrl}`;
  const of = (all: readonly Drawn[], sample: number): Drawn => all[sample % all.length] as Drawn;
  const page = (name: string, pathOf: (one: Drawn, sample: number) => string, from = drawn): ConsolePage => ({
    name: `${who}: ${name}`,
    ask: (sample) => asked(api, base + pathOf(of(from, sample), sample)),
  });
  const list = (name: string, filter: (one: Drawn) => Record<string, string>, from = drawn): ConsolePage =>
    page(name, (one) => `/documents?${new URLSearchParams({ limit: '50', ...filter(one) })}`, from);
  const day = ({ receivedAt }: Drawn) => ({ from: receivedAt, to: dayAfter(receivedAt) });
  return [
    page('home page (activity)', () => '/activity'),
    list('documents', () => ({})),
    list('documents, 200 a page', () => ({ limit: '200' })),
    list('by source', ({ source }) => ({ source })),
    list('by control id', ({ controlId }) => ({ controlId })),
    list('by document id', ({ documentId }) => ({ documentId })),
    list('by patient', ({ patient }) => ({ patient })),
    list('by stay', ({ stay }) => ({ stay })),
    ...['held', 'parked', 'in-delivery', 'refused', 'abandoned', 'delivered'].map((state) =>
      list(`state ${state}`, () => ({ state })),
    ),
    list('one day', day),
    list('one day, held', (one) => ({ ...day(one), state: 'held' })),
    list('one month, refused', ({ receivedAt }) => ({
      from: receivedAt,
      to: dayAfter(receivedAt, 30),
      state: 'refused',
    })),
    list('source and held', ({ source }) => ({ source, state: 'held' })),
    list('source and parked', ({ source }) => ({ source, state: 'parked' })),
    list('source, state and a day', (one) => ({ ...day(one), source: one.source, state: 'delivered' })),
    list('patient, source, state and dates', (one) => ({
      ...{ patient: one.patient, source: one.source, state: 'delivered' },
      ...{ from: dayAfter(one.receivedAt, -90), to: dayAfter(one.receivedAt) },
    })),
    list('an unknown source', () => ({ source: 'nulle-part' })),
    list('anywhere by cursor', (one) => ({ cursor: cursorAt(one) })),
    list('the oldest by cursor', (one) => ({ cursor: cursorAt(one) }), oldest),
    list('held, the oldest by cursor', (one) => ({ state: 'held', cursor: cursorAt(one) }), oldest),
    list('source, the oldest by cursor', (one) => ({ source: one.source, cursor: cursorAt(one) }), oldest),
    page('one document', ({ id }) => `/documents/${id}`),
    page('accesses', () => '/accesses'),
    page('accesses to a patient', ({ patient }) => `/accesses?patient=${patient}`),
    page('accesses to a document', ({ id }) => `/accesses?document=${id}`),
  ];
}

/** The pages of rates and of stays. */
export function indicatorPages(who: string, api: PlatformApi): ConsolePage[] {
  const to = new Date().toISOString().slice(0, 10);
  const year = `from=${dayAfter(to, -364).slice(0, 10)}&to=${to}`;
  const month = `from=${dayAfter(to, -30).slice(0, 10)}&to=${to}`;
  const page = (name: string, path: string): ConsolePage => ({
    name: `${who}: ${name}`,
    ask: () => asked(api, api.indicatorsUrl + path),
  });
  const deep = Buffer.from(JSON.stringify([dayAfter(to, -300).slice(0, 10), 'ffffffff-ffff-4fff-8fff-ffffffffffff']));
  return [
    page('rates of a year', `/indicators?${year}`),
    page('trend of a year', `/indicators/DS1.1/trend?${year}`),
    page('stays of a year', `/indicators/DS1.1/stays?${year}`),
    page('stays of a year, not served', `/indicators/DS1.1/stays?${year}&counted=denominator`),
    page('stays of a month', `/indicators/DS1.1/stays?${month}`),
    page('stays of a year, deep by cursor', `/indicators/DS1.1/stays?${year}&cursor=${deep.toString('base64url')}`),
    page('documents without stay', `/orphans`),
  ];
}

async function asked(api: PlatformApi, url: string): Promise<void> {
  const { status, body } = await api.exchange(url);
  if (status !== 200) throw new Error(`${new URL(url).pathname} answered ${status} ${JSON.stringify(body)}`);
}
