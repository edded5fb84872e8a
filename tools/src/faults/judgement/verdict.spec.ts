import { describe, expect, it } from '@jest/globals';
import type { DmpEntry, DocumentView, ReceivedMail, ReceivedZam } from '../../demo/player/index.js';
import type { Receipt } from '../traffic/hospital-line.js';
import type { ExpectedDocument, Story } from '../traffic/story.js';
import { judge, type Effects } from './verdict.js';

const document = (change: Partial<ExpectedDocument> = {}): ExpectedDocument => ({
  ...{ controlId: 'C1', documentId: '2.999.1', end: 'visible', matricule: '279', lineage: 'L', version: 1 },
  ...change,
});
const story = (documents: readonly ExpectedDocument[], mails: Story['mails'] = []): Story => ({
  ...{ kind: 'simple', messages: [], documents, mails },
});
const receipt = (change: Partial<Receipt> = {}): Receipt => ({
  message: { door: 'documents', controlId: 'C1', bytes: Buffer.alloc(0) },
  ...{ acknowledged: true, sendings: 1, at: 0, answers: [Buffer.from('AA')] },
  ...change,
});
const view = (documentId = '2.999.1', state = 'delivered') =>
  ({ documentId, state, deliveries: [] }) as unknown as DocumentView;
const entry = (uniqueId = '2.999.1', status = 'Approved', receivedAt = '1', patientId = '279^^^x') =>
  ({ uniqueId, status, receivedAt, patientId, entryUuid: `${uniqueId} ${receivedAt}` }) as DmpEntry;
const mail = (messageId: string) => ({ recipient: 'dr@x.fr', messageId }) as ReceivedMail;
const effects = (change: Partial<Effects> = {}): Effects => ({
  ...{ documents: [view()], entries: [entry()], mails: [], zams: [], ledgerImbalance: 0 },
  ...change,
});
const problems = (of: Effects, stories = [story([document()])], receipts = [receipt()], twice = false) =>
  judge(stories, receipts, of, { mailTwice: twice }).problems;

describe('the verdict', () => {
  it('has nothing to say of a document that came once', () => {
    expect(judge([story([document()])], [receipt({ sendings: 3 })], effects())).toEqual({
      problems: [],
      counts: { sent: 1, acknowledged: 1, effects: 1, absorbed: 2, parked: 0, mailCopies: 0 },
    });
  });

  it.each([
    ['is not known', { documents: [] }, /^lost: .* is not known/],
    ['is not in the DMP', { entries: [] }, /^lost: .* is not in the DMP/],
    ['is known twice', { documents: [view(), view()] }, /^duplicate: 2 documents/],
    ['has two entries', { entries: [entry(), entry('2.999.1', 'Approved', '2')] }, /^duplicate: 2 entries/],
    ['is under another patient', { entries: [entry('2.999.1', 'Approved', '1', '180^^^x')] }, /under another patient/],
    ['waits for a person', { documents: [view('2.999.1', 'parked')] }, /^parked:/],
    ['is not accounted for', { ledgerImbalance: 2 }, /ledger imbalance 2/],
  ])('says that an acknowledged document %s', (_what, change, said) => {
    expect(problems(effects(change))).toEqual([expect.stringMatching(said)]);
  });

  it('says what was never acknowledged, and answers that differ', () => {
    expect(problems(effects(), undefined, [receipt({ acknowledged: false, refusal: 'no answer' })])).toEqual([
      expect.stringMatching(/never acknowledged \(no answer\)/),
    ]);
    const answers = [Buffer.from('AA 1'), Buffer.from('AA 2')];
    expect(problems(effects(), undefined, [receipt({ answers })])).toEqual(['2 different acknowledgements of C1']);
  });

  it('wants what is gone out of sight, and versions in their order', () => {
    const versions = [document({ end: 'gone' }), document({ documentId: '2.999.2', version: 2 })];
    const both = { documents: [view(), view('2.999.2')] };
    const right = [entry('2.999.1', 'Deprecated', '1'), entry('2.999.2', 'Approved', '2')];
    expect(problems(effects({ ...both, entries: right }), [story(versions)])).toEqual([]);
    const visible = [entry('2.999.1', 'Approved', '1'), entry('2.999.2', 'Approved', '2')];
    expect(problems(effects({ ...both, entries: visible }), [story(versions)])).toEqual([
      expect.stringMatching(/^still visible/),
    ]);
    const late = [entry('2.999.1', 'Deprecated', '3'), entry('2.999.2', 'Approved', '2')];
    expect(problems(effects({ ...both, entries: late }), [story(versions)])).toEqual([expect.stringMatching(/^order/)]);
  });

  it('counts mails by their Message-ID; the same twice is no more than tolerated', () => {
    const stories = [story([document()], [{ recipient: 'DR@x.fr', least: 1, most: 1 }])];
    const came = (...ids: readonly string[]) => effects({ mails: ids.map(mail) });
    expect(problems(came('a'), stories)).toEqual([]);
    expect(problems(came(), stories)).toEqual([expect.stringMatching(/^mail lost/)]);
    expect(problems(came('a', 'b'), stories)).toEqual([expect.stringMatching(/^mail duplicated/)]);
    expect(problems(came('a', 'a'), stories)).toEqual(['1 mails came twice']);
    expect(problems(came('a', 'a'), stories, undefined, true)).toEqual([]);
    expect(problems(came('a', 'a', 'a'), stories, undefined, true)).toEqual(['a mail came 3 times']);
  });

  it('wants one business acknowledgement of a fact, however often it is repeated', () => {
    const zam = (controlId: string) => ({ kind: 'Z01', originalControlId: 'C1', controlId }) as ReceivedZam;
    expect(problems(effects({ zams: [zam('a'), zam('a')] }))).toEqual([]);
    expect(problems(effects({ zams: [zam('a'), zam('b')] }))).toEqual([expect.stringMatching(/2 different/)]);
  });
});
