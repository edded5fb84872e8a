import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dmpClaimSchema } from '@pfi/contracts';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { SeriesOfDocuments, TestDmp } from './series.js';
import {
  documentsDatabase,
  freshOid,
  freshPerson,
  identityOf,
  mdm,
  openDocuments,
  qualified,
  theDocument,
  type Documents,
  type Person,
} from './test-documents.js';
import { testGroup } from './test-group.js';

let server: TestDatabase;
let documents: Documents;
let dmp: TestDmp;

beforeAll(async () => {
  server = await documentsDatabase();
  documents = await openDocuments(server, testGroup());
  dmp = new TestDmp(documents);
}, 60_000);
afterAll(() => server.drop());

async function known(): Promise<Person> {
  const person = freshPerson();
  await documents.patientsChanged(qualified(person, 1));
  return person;
}

const newSeries = async (): Promise<SeriesOfDocuments> => new SeriesOfDocuments(documents, await known());
const sending = (deliveries: readonly { operation: string; state: string }[]) =>
  deliveries.map(({ operation, state }) => `${operation} ${state}`);

describe('a replacement', () => {
  it('takes the place, in the DMP, of the version that is there', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    await series.send(2);
    await dmp.serve(series);
    const [first, second] = [await series.look(1), await series.look(2)];
    expect(second.lineageId).toBe(first.lineageId);
    expect([first.replacedBy, second.replaces]).toEqual([second.id, first.id]);
    expect(sending(second.deliveries)).toEqual(['replace delivered']);
    expect(dmp.visible(series)).toEqual([2]);
    expect(second.timeline.at(-1)?.text).toBe('DMP : déposé en remplacement.');
  });

  it('names the entry as it was deposited', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    await series.send(2);
    const claim = dmpClaimSchema.parse(await dmp.claim(await series.look(2)));
    expect(claim).toMatchObject({
      operation: 'replace',
      predecessor: { uniqueId: series.id(1), entryUuid: dmp.entry(series, 1)?.entryUuid },
    });
  });

  it('of a version that never left is the only one to leave', async () => {
    const person = freshPerson();
    await documents.patientsChanged(identityOf(person));
    const series = new SeriesOfDocuments(documents, person);
    await series.send(1);
    await series.send(2);
    expect((await series.look(1)).deliveries).toMatchObject([
      { state: 'cancelled', reasons: [{ code: 'SUPERSEDED' }] },
    ]);
    await documents.patientsChanged(qualified(person, 2));
    await dmp.serve(series);
    expect(sending((await series.look(2)).deliveries)).toEqual(['send delivered']);
    expect(dmp.received(series)).toEqual(['send 2']);
  });

  it('cancels a version that was asked for and not taken yet', async () => {
    const series = await newSeries();
    await series.send(1);
    const first = await series.look(1);
    await series.send(2);
    await expect(documents.claim(first.deliveries[0]?.id ?? '', 1)).rejects.toMatchObject({
      code: 'DELIVERY_CANCELLED',
    });
    const types = (await documents.events(first.lineageId)).map(({ type }) => type.split('.')[1]);
    expect(types).toContain('delivery-cancelled');
  });

  it('waits while the version before may be leaving, then takes its place', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.claim(await series.look(1));
    await series.send(2);
    expect((await series.look(2)).deliveries).toMatchObject([
      { state: 'held', reasons: [{ code: 'PREVIOUS_VERSION_IN_PROGRESS' }] },
    ]);
    await dmp.serve(series);
    expect(dmp.received(series)).toEqual(['send 1', 'replace 2']);
    expect(dmp.visible(series)).toEqual([2]);
  });

  it('leaves as a new document when the DMP refused the version before', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.claim(await series.look(1));
    await series.send(2);
    await dmp.answer(await series.look(1), 'refused', 'DMPClosed');
    expect(sending((await series.look(2)).deliveries)).toEqual(['send pending']);
  });

  it('waits for a person while the version before is parked in doubt; given up, it is looked for in the DMP', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.claim(await series.look(1));
    await series.send(2);
    const first = await series.look(1);
    await dmp.answer(first, 'parked', 'EXPIRED');
    expect((await series.look(2)).deliveries).toMatchObject([
      { state: 'held', reasons: [{ code: 'PREVIOUS_VERSION_PARKED' }] },
    ]);
    await documents.parts.actions.abandon(documents.operator, first.id, 'vérifié à la main');
    await documents.parts.actions.replay(documents.operator, (await series.look(2)).id);
    expect(dmpClaimSchema.parse(await dmp.claim(await series.look(2)))).toMatchObject({
      operation: 'replace',
      predecessor: { uniqueId: series.id(1), entryUuid: null },
    });
  });

  it('is refused without the document that it replaces, or when message and document name two', async () => {
    const person = await known();
    const oru = { messageType: 'ORU', kind: 'replace', level: 'N3' } as const;
    const [without] = await documents.send(mdm(person, oru));
    expect(without).toMatchObject({ code: 'AE', error: { code: 'REQUIRED_FIELD' } });
    const relatedDocument = { typeCode: 'RPLC', parentId: { root: freshOid() } };
    const [two] = await documents.send(
      mdm(person, { kind: 'replace', parentId: { root: freshOid() }, document: { version: 2, relatedDocument } }),
    );
    expect(two).toMatchObject({ code: 'AE', error: { code: 'PARENT_MISMATCH' } });
  });

  it('whose set names another lineage than its parent is parked', async () => {
    const one = await newSeries();
    const other = new SeriesOfDocuments(documents, one.person);
    await one.send(1);
    await other.send(1);
    const look = await one.sendAs(2, { setId: other.setId });
    expect((await look()).deliveries).toMatchObject([{ state: 'parked', reasons: [{ code: 'LINEAGE_CONFLICT' }] }]);
  });

  it('of a document never seen is taken as an initial one, and says so', async () => {
    const series = await newSeries();
    await series.send(2);
    const second = await series.look(2);
    expect(sending(second.deliveries)).toEqual(['send pending']);
    expect(second.timeline.map(({ event }) => event)).toContain('predecessor-unknown');
  });
});

describe('a withdrawal', () => {
  it('deletes in the DMP what is there, and tells the one who asked', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    const controlId = await series.withdraw(1);
    await dmp.serve(series);
    const view = await series.look(1);
    expect(view.state).toBe('withdrawn');
    expect(sending(view.deliveries)).toEqual(['send delivered', 'withdraw delivered']);
    expect(dmp.visible(series)).toEqual([]);
    expect((await theDocument(documents, controlId)).id).toBe(view.id);
    expect(await documents.feedback(view.id)).toEqual([{ positive: true }, { positive: true }]);
    const types = (await documents.events(view.lineageId)).map(({ type }) => type.split('.')[1]);
    expect(types).toContain('document-withdrawn');
  });

  it('of what never left sends nothing', async () => {
    const series = await newSeries();
    await series.send(1);
    await series.withdraw(1);
    await dmp.serve(series);
    expect((await series.look(1)).deliveries).toMatchObject([{ state: 'cancelled', reasons: [{ code: 'WITHDRAWN' }] }]);
    expect(dmp.received(series)).toEqual([]);
  });

  it('waits for what may be leaving', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.claim(await series.look(1));
    await series.withdraw(1);
    expect(sending((await series.look(1)).deliveries)).toEqual(['send pending', 'withdraw held']);
    await dmp.serve(series);
    expect(dmp.received(series)).toEqual(['send 1', 'withdraw 1']);
    expect(dmp.visible(series)).toEqual([]);
  });

  it('goes only where its flags say', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    await series.withdraw(1, { destDmp: false });
    expect(sending((await series.look(1)).deliveries)).toEqual(['send delivered']);
  });

  it('asked twice is done once', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    await series.withdraw(1);
    await series.withdraw(1);
    await dmp.serve(series);
    expect(dmp.received(series)).toEqual(['send 1', 'withdraw 1']);
  });

  it('leaves with the INS of the deposit although the identity lost it since', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    await documents.patientsChanged(identityOf(series.person, { version: 2 }));
    await series.withdraw(1);
    expect(await dmp.claim(await series.look(1))).toMatchObject({ patient: series.person.ins });
  });

  it('of a version that was replaced since changes nothing', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    await series.send(2);
    await dmp.serve(series);
    await series.withdraw(1);
    await dmp.serve(series);
    expect((await series.look(1)).deliveries[1]).toMatchObject({ state: 'not-applicable' });
    expect(dmp.visible(series)).toEqual([2]);
  });

  it('of a replacement that never left takes back what it would have replaced', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    await series.send(2);
    await series.withdraw(2);
    await dmp.serve(series);
    expect(dmp.received(series)).toEqual(['send 1', 'withdraw 1']);
    expect([await series.look(1), await series.look(2)]).toMatchObject([
      { state: 'withdrawn' },
      { state: 'withdrawn' },
    ]);
  });

  it('of a replacement that may be leaving takes back whichever of the two is seen in the end', async () => {
    for (const refused of [true, false]) {
      const series = await newSeries();
      await series.send(1);
      await dmp.serve(series);
      await series.send(2);
      await dmp.claim(await series.look(2));
      await series.withdraw(2);
      expect((await series.look(1)).deliveries[1]).toMatchObject({ reasons: [{ code: 'NEXT_VERSION_IN_PROGRESS' }] });
      if (refused) await dmp.answer(await series.look(2), 'refused', 'DMPClosed');
      await dmp.serve(series);
      expect(dmp.visible(series)).toEqual([]);
      expect(dmp.received(series)).toEqual(refused ? ['send 1', 'withdraw 1'] : ['send 1', 'replace 2', 'withdraw 2']);
    }
  });

  it('may be asked by an operator, once', async () => {
    const series = await newSeries();
    await series.send(1);
    await dmp.serve(series);
    const { id } = await series.look(1);
    await documents.parts.actions.withdraw(documents.operator, id, 'document d’un autre patient');
    await dmp.serve(series);
    expect(dmp.visible(series)).toEqual([]);
    await expect(documents.parts.actions.withdraw(documents.operator, id, 'encore')).rejects.toMatchObject({
      code: 'ACTION_NOT_APPLICABLE',
    });
  });
});

/** Every order of these, all at once or one by one; after any of them the DMP has answered or, of three, has begun to take what it is sent. */
describe('whatever the order of arrival, the DMP ends as the last intent says', () => {
  const orders = <T>(items: readonly T[]): T[][] =>
    items.length <= 1
      ? [[...items]]
      : items.flatMap((item, at) => orders(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]));
  type Step = 1 | 2 | 3 | 'withdraw the last';
  const cases: [Step[], number[]][] = [
    ...orders<Step>([1, 2, 3]).map((order): [Step[], number[]] => [order, [3]]),
    ...orders<Step>([1, 2, 'withdraw the last']).map((order): [Step[], number[]] => [order, []]),
    ...orders<Step>([1, 2, 3, 'withdraw the last']).map((order): [Step[], number[]] => [order, []]),
  ];

  const framesOf = (series: SeriesOfDocuments, order: readonly Step[]): Buffer[] => {
    const last = Math.max(...order.filter((step) => typeof step === 'number'));
    return order.map((step) => (typeof step === 'number' ? series.frame(step) : series.withdrawal(last)));
  };

  it.each(cases)('%j ends with %j', async (order, end) => {
    const together = await newSeries();
    await documents.send(...framesOf(together, order));
    await dmp.serve(together);
    expect(dmp.visible(together)).toEqual(end);
    const choices = order.length === 3 ? 3 : 2;
    for (let answers = 0; answers < choices ** (order.length - 1); answers += 1) {
      const series = await newSeries();
      for (const [at, frame] of framesOf(series, order).entries()) {
        const [ack] = await documents.send(frame);
        expect(ack?.code).toBe('AA');
        const choice = Math.floor(answers / choices ** at) % choices;
        if (choice === 1) await dmp.serve(series);
        if (choice === 2) await dmp.begin(series);
      }
      await dmp.serve(series);
      expect(dmp.visible(series)).toEqual(end);
    }
  });
});
