import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import {
  a40,
  adt,
  freshIns,
  freshPerson,
  identitySchema,
  NORD,
  openDoor,
  type Door,
  type Person,
} from './test-door.js';
import { testGroup } from './test-group.js';

/** T-I2: whatever the order of arrival, the same identity graph, or a task that says why not. */
let test: TestDatabase;
let database: Database;
let door: Door;

beforeAll(async () => {
  test = await identitySchema();
  database = await test.open('identity');
  door = openDoor(database, testGroup());
});
afterAll(async () => {
  await test?.drop();
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, place) =>
    permutations(items.filter((_, other) => other !== place)).map((rest) => [item, ...rest]),
  );
}

interface Seen {
  readonly id: string;
  readonly birthName: string;
  readonly ins: string | null;
  readonly tasks: readonly string[];
  readonly stays: readonly string[];
}

const seen = (person: Person): Promise<Seen | undefined> =>
  database
    .transaction(['dom:nord', 'ej:990000101'], (tx) =>
      tx.query<Seen>(
        `WITH RECURSIVE path AS (
           SELECT p.id, p.merged_into FROM patient_identifier i JOIN patient p ON p.id = i.patient_id WHERE i.value = $1
           UNION SELECT p.id, p.merged_into FROM path JOIN patient p ON p.id = path.merged_into
         )
         SELECT p.id, p.traits->>'birthName' AS "birthName", p.ins_matricule AS ins,
           ARRAY(SELECT code FROM task t WHERE t.patient_id = p.id AND closed_at IS NULL ORDER BY code) AS tasks,
           ARRAY(SELECT number FROM stay s WHERE s.patient_id = p.id ORDER BY number) AS stays
         FROM path JOIN patient p ON p.id = path.id WHERE path.merged_into IS NULL`,
        [person.ipp],
      ),
    )
    .then(([row]) => row);

const STEPS = [0, 1, 2, 3, 4];
const orders = permutations(STEPS);

/** Plays five messages in every order, all in one batch or one by one, with numbers of their own each time. */
async function play(
  cast: () => { readonly people: readonly Person[]; readonly messages: readonly Buffer[] },
  check: (people: readonly Seen[], order: string, acks: readonly (string | undefined)[]) => void,
): Promise<void> {
  for (const [turn, order] of orders.entries()) {
    const { people, messages } = cast();
    const ordered = order.map((step) => messages[step] as Buffer);
    const acks = [];
    if (turn % 4 === 0) for (const message of ordered) acks.push(...(await door.send(message)));
    else acks.push(...(await door.send(...ordered)));
    const found = await Promise.all(people.map(seen));
    check(
      found.map((one) => one as Seen),
      order.join(),
      acks.map((ack) => ack.error?.code),
    );
  }
}

describe('A40 in any order with the messages of both identities (T-I2)', () => {
  it('admissions of both, the merge twice, an update of the retired one: one patient with the traits of the survivor and both stays', async () => {
    const results = new Set<string>();
    await play(
      () => {
        const [gone, kept] = [freshPerson('DISPARU'), freshPerson('GARDE')];
        const stay = (prefix: string) => ({
          visit: { number: `${prefix}-${randomUUID()}`, authority: NORD, patientClass: 'I' },
        });
        return {
          people: [gone, kept],
          messages: [
            adt('A01', gone, stay('1')),
            adt('A01', kept, stay('2')),
            a40(kept, gone),
            a40(kept, gone),
            adt('A08', gone),
          ],
        };
      },
      ([gone, kept], order, acks) => {
        expect({ order, same: gone?.id === kept?.id, acks }).toEqual({
          order,
          same: true,
          acks: Array(5).fill(undefined),
        });
        results.add(JSON.stringify([kept?.birthName, kept?.stays.map((number) => number.slice(0, 1))]));
      },
    );
    expect([...results]).toEqual([JSON.stringify(['GARDE', ['1', '2']])]);
  });

  it('a chain A→B→C ends in C', async () => {
    await play(
      () => {
        const [a, b, c] = [freshPerson('A'), freshPerson('B'), freshPerson('C')];
        return {
          people: [a, b, c],
          messages: [adt('A28', a), adt('A28', b), adt('A28', c), a40(b, a), a40(c, b)],
        };
      },
      ([a, b, c], order, acks) => {
        expect({ order, ids: [a?.id, b?.id], name: c?.birthName, acks }).toEqual({
          order,
          ids: [c?.id, c?.id],
          name: 'C',
          acks: Array(5).fill(undefined),
        });
      },
    );
  });

  it('A→B and B→A: the first to come is applied, the other refused as a cycle', async () => {
    await play(
      () => {
        const [a, b] = [freshPerson('A'), freshPerson('B')];
        return { people: [a, b], messages: [adt('A28', a), adt('A28', b), a40(b, a), a40(a, b), adt('A08', a)] };
      },
      ([a, b], order, acks) => {
        const first = order.indexOf('2') < order.indexOf('3') ? 'B' : 'A';
        expect({ order, same: a?.id === b?.id, name: b?.birthName, refused: acks.filter(Boolean) }).toEqual({
          order,
          same: true,
          name: first,
          refused: ['MERGE_CYCLE'],
        });
      },
    );
  });

  it('a qualified identity with other traits: never merged without a task, and its INS never goes to the other', async () => {
    await play(
      () => {
        const [gone, kept] = [freshPerson('QUALIFIE'), freshPerson('AUTRE')];
        const qualified = { patient: { ins: freshIns(), pid32: ['VALI'] } };
        return {
          people: [gone, kept],
          messages: [
            adt('A28', gone, qualified),
            adt('A28', kept),
            a40(kept, gone),
            adt('A31', kept),
            adt('A08', gone, qualified),
          ],
        };
      },
      ([gone, kept], order) => {
        const parked = gone?.id === kept?.id ? 'RETIRED_IDENTITY_DIFFERS' : 'IDENTITY_REVIEW';
        expect({ order, tasks: kept?.tasks, name: kept?.birthName, ins: kept?.ins }).toEqual({
          order,
          tasks: [parked],
          name: 'AUTRE',
          ins: null,
        });
      },
    );
  });
});
