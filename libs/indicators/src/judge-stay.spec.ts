import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defaultDefinitions, type IndicatorDefinition } from './definition.js';
import { judge, judgeStay } from './judge-stay.js';
import { tally } from './tally.js';
import { elevenStays } from './testing/eleven-stays.js';
import { accepted, delivery, document, LETTER, outcome, stay } from './testing/facts.js';
import type { StayFacts } from './stay-facts.js';

const letter = defaultDefinitions[0]!;
const message = defaultDefinitions.find(({ code }) => code === 'DS4.2')!;
const YEAR = { from: '2023-01-01', to: '2023-12-31' };
const END = '2023-02-01T10:00:00Z';
const at = (day: string) => new Date(`${day}T12:00:00Z`);

const gross = (facts: StayFacts, definition: IndicatorDefinition = letter) => {
  const verdict = judgeStay(definition, facts, 'gross');
  return verdict && `${verdict.counted} ${verdict.reason.code}`;
};

describe('the verdict of a stay', () => {
  it('does not exist before the stay has ended', () => {
    expect(gross(stay('A', END, { state: 'open', endedAt: null }))).toBeNull();
    expect(gross(stay('A', END, { state: 'cancelled' }))).toBeNull();
  });

  it('is not moved by another stay’s version of the same lineage', () => {
    const moved = accepted('B', LETTER, { version: 2, lineageId: 'L' });
    const facts = stay('A', END, { documents: [accepted('A', LETTER, { lineageId: 'L' }), moved] });
    expect(gross(facts)).toBe('denominator DOCUMENT_WITHDRAWN');
  });

  it('counts a document sent again after its withdrawal', () => {
    const withdrawn = document('A', LETTER, [
      delivery(outcome('accepted')),
      delivery(outcome('withdrawn'), { operation: 'withdraw' }),
    ]);
    expect(gross(stay('A', END, { documents: [withdrawn] }))).toBe('denominator DOCUMENT_WITHDRAWN');
    const again = accepted('A', LETTER, { version: 2 });
    expect(gross(stay('A', END, { documents: [withdrawn, again] }))).toBe('numerator FED');
  });

  it('knows a death in the stay by its date, and not one before or after it', () => {
    const dead = (deceasedOn: string) => gross(stay('A', END, { patient: { deceasedOn } }));
    expect([dead('2023-02-01'), dead('2023-02-02'), dead('2022-12-31')]).toEqual([
      'excluded DECEASED',
      'denominator NO_DOCUMENT',
      'denominator NO_DOCUMENT',
    ]);
  });

  it('keeps a served stay in the net view, whatever became of the patient since', () => {
    const facts = stay('A', END, {
      documents: [accepted('A', LETTER)],
      patient: { opposed: true, insQualified: false },
    });
    expect(judgeStay(letter, facts, 'net')?.counted).toBe('numerator');
  });

  it('believes the newest answer on whether the DMP is open', () => {
    const closed = (day: string) =>
      document('A', 'X', [delivery(outcome('refused', { code: 'DMPClosed', at: at(day) }))]);
    const open = document('A', 'Y', [delivery(outcome('accepted', { at: at('2023-02-05') }))]);
    expect(gross(stay('A', END, { documents: [closed('2023-02-04'), open] }))).toBe('denominator NO_DOCUMENT');
    expect(gross(stay('A', END, { documents: [closed('2023-02-06'), open] }))).toBe('denominator DMP_CLOSED');
  });

  it('says what holds the document back', () => {
    const held = delivery(null, { request: { state: 'held', reasons: ['PROVIDER_DOWN'] } });
    const verdict = judgeStay(letter, stay('A', END, { documents: [document('A', LETTER, [held])] }), 'gross');
    expect(verdict?.reason).toMatchObject({ code: 'DOCUMENT_HELD', text: expect.stringContaining('PROVIDER_DOWN') });
  });
});

describe('settings of a definition', () => {
  const fedOn = (day: string) =>
    stay('A', END, { documents: [document('A', LETTER, [delivery(outcome('accepted', { at: at(day) }))])] });

  it('a late feed does not count beyond the cut-off', () => {
    const strict = { ...letter, lateFeedCutoffDays: 7 };
    expect([gross(fedOn('2023-02-08'), strict), gross(fedOn('2023-02-09'), strict)]).toEqual([
      'numerator FED',
      'denominator FED_TOO_LATE',
    ]);
  });

  it('the day of the feed may place the stay', () => {
    expect(judge(letter, fedOn('2023-04-01'))?.day).toBe('2023-02-01');
    expect(judge({ ...letter, attribution: 'FEED_DATE' }, fedOn('2023-04-01'))?.day).toBe('2023-04-01');
  });

  it('sessions count one by one, once a month, or not at all', () => {
    const sessions = ['2023-02-01', '2023-02-03', '2023-03-01'].map((day, index) =>
      stay(`R${index}`, `${day}T10:00:00Z`, {
        patientClass: 'R',
        patient: { id: 'same' },
        documents: index === 1 ? [accepted(`R${index}`, LETTER)] : [],
      }),
    );
    const counts = (seances: IndicatorDefinition['seances']) => {
      const judgements = sessions.flatMap((one) => judge({ ...letter, seances }, one) ?? []);
      const { numerator, denominator } = tally(judgements, YEAR, 'gross');
      return `${numerator}/${denominator}`;
    };
    expect([counts('COUNT_EACH'), counts('GROUP_PER_MONTH'), counts('EXCLUDE')]).toEqual(['1/3', '1/2', '0/0']);
  });

  it('newborns may be left out', () => {
    const newborn = stay('A', END, { patient: { birthDate: '2023-01-29' } });
    expect([gross(newborn), gross(newborn, { ...letter, excludeNewbornDays: 10 })]).toEqual([
      'denominator NO_DOCUMENT',
      'excluded NEWBORN',
    ]);
  });

  it('only stays with the document may make the denominator', () => {
    expect(gross(stay('A', END), { ...letter, denominator: 'STAYS_WITH_DOC' })).toBe('excluded DOCUMENT_NOT_PRODUCED');
  });
});

describe('messages to the patient', () => {
  const mailed = (kind: Parameters<typeof outcome>[0], changes = {}) =>
    stay('A', END, {
      documents: [document('A', 'any', [delivery(outcome(kind, changes), { channel: 'mss-patient' })])],
    });

  it.each([
    ['sent', 'numerator FED', 'denominator DOCUMENT_PENDING'],
    ['delivered', 'numerator FED', 'numerator FED'],
    ['read', 'numerator FED', 'numerator FED'],
    ['bounced', 'denominator DOCUMENT_REFUSED', 'denominator DOCUMENT_REFUSED'],
    ['parked', 'denominator DOCUMENT_PARKED', 'denominator DOCUMENT_PARKED'],
  ] as const)('%s is %s from the sending on, %s from the notice on', (kind, fromSent, fromNotice) => {
    const strict = { ...message, feeding: { channel: 'mss-patient', countFrom: 'delivered' } as const };
    expect([gross(mailed(kind), message), gross(mailed(kind), strict)]).toEqual([fromSent, fromNotice]);
  });

  it('to a mailbox that does not exist is out of the net view only', () => {
    const facts = mailed('bounced', { status: '5.1.1' });
    expect(judgeStay(message, facts, 'gross')).toMatchObject({
      counted: 'denominator',
      reason: { code: 'NO_PATIENT_ADDRESS' },
    });
    expect(judgeStay(message, facts, 'net')?.counted).toBe('excluded');
  });

  it('that only withdraws another does not count', () => {
    const facts = stay('A', END, {
      documents: [document('A', 'any', [delivery(outcome('sent'), { channel: 'mss-patient', operation: 'withdraw' })])],
    });
    expect(gross(facts, message)).toBe('denominator NO_DOCUMENT');
  });
});

describe('counting', () => {
  it('does not depend on the order in which documents and deliveries are known', () => {
    const shuffled = (facts: StayFacts) =>
      fc
        .tuple(fc.shuffledSubarray([...facts.documents], { minLength: facts.documents.length }), fc.boolean())
        .map(([documents, turned]) => ({
          ...facts,
          documents: documents.map((one) => ({
            ...one,
            deliveries: turned ? one.deliveries.toReversed() : one.deliveries,
          })),
        }));
    fc.assert(
      fc.property(fc.tuple(...elevenStays.map(shuffled)), (stays) => {
        for (const definition of defaultDefinitions) {
          expect(stays.map((one) => judge(definition, one))).toEqual(elevenStays.map((one) => judge(definition, one)));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('takes a stay at most once, however many documents serve it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }), (lineages, versions) => {
        const documents = Array.from({ length: lineages }, (_, lineage) =>
          Array.from({ length: versions }, (__, version) =>
            accepted('A', LETTER, {
              documentId: `${lineage}-${version}`,
              lineageId: String(lineage),
              version: version + 1,
            }),
          ),
        ).flat();
        const judgement = judge(letter, stay('A', END, { documents }));
        expect(tally(judgement ? [judgement] : [], YEAR, 'gross')).toEqual({ numerator: 1, denominator: 1 });
      }),
    );
  });

  it('never counts more served stays than stays, nor more net than gross', () => {
    fc.assert(
      fc.property(fc.subarray([...elevenStays]), (stays) => {
        for (const definition of defaultDefinitions) {
          const judgements = stays.flatMap((one) => judge(definition, one) ?? []);
          const [all, net] = [tally(judgements, YEAR, 'gross'), tally(judgements, YEAR, 'net')];
          expect(all.numerator).toBeLessThanOrEqual(all.denominator);
          expect(net.numerator).toBe(all.numerator);
          expect(net.denominator).toBeLessThanOrEqual(all.denominator);
        }
      }),
    );
  });
});
