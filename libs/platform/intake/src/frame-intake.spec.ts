import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { PfiError } from '@pfi/health';
import type { MllpFrame } from '@pfi/platform-mllp';
import type { Database, Tx } from '@pfi/platform-postgres';
import { createLogger } from '@pfi/platform-telemetry';
import { FrameIntake, type Reading } from './frame-intake.js';
import { journalKey, sha256Of, type JournalEntry, type MessageJournal } from './message-journal.js';

/** Journal and effects in memory; a transaction that throws leaves nothing of either. */
class FakeStore {
  entries = new Map<string, JournalEntry>();
  applied: string[] = [];
  down = false;
  transactions = 0;

  readonly database = {
    transaction: async <T>(_scopes: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T> => {
      this.transactions += 1;
      if (this.down) throw new PfiError('DATABASE_UNAVAILABLE', 'unavailable', 'absente');
      const before = { entries: new Map(this.entries), applied: [...this.applied] };
      try {
        return await work({} as Tx);
      } catch (error) {
        Object.assign(this, before);
        throw error;
      }
    },
  } as unknown as Database;

  readonly journal = {
    record: async (_tx: Tx, entries: readonly JournalEntry[]) => {
      const known = new Map<string, Buffer>();
      for (const entry of entries) {
        const key = journalKey(entry);
        const before = this.entries.get(key);
        if (before) known.set(key, before.answer);
        else this.entries.set(key, entry);
      }
      return known;
    },
    amend: async (_tx: Tx, id: string, outcome: Partial<JournalEntry>) => {
      for (const [key, entry] of this.entries) if (entry.id === id) this.entries.set(key, { ...entry, ...outcome });
    },
  } as unknown as MessageJournal;
}

const frame = (text: string): MllpFrame => ({
  bytes: Buffer.from(text),
  receivedAt: new Date(),
  connectionId: 'test',
  remoteAddress: '127.0.0.1',
});

/** `owner:verb:name`; the verb says what happens to the message. */
function read({ bytes, receivedAt }: MllpFrame): Reading<string> {
  const [owner = '', verb = '', name = ''] = bytes.toString().split(':');
  if (verb === 'unreadable') throw new RangeError('reader at fault');
  const entry: JournalEntry = {
    id: randomUUID(),
    owner,
    source: 'source',
    controlId: name,
    sha256: sha256Of(bytes),
    transport: 'mllp',
    messageType: 'ADT^A01',
    receivedAt,
    raw: bytes,
    outcome: verb === 'refused' ? 'rejected' : 'accepted',
    answer: Buffer.from(`${verb === 'refused' ? 'AE' : 'AA'} ${name} ${randomUUID()}`),
  };
  return verb === 'refused' ? { entry } : { entry, work: bytes.toString() };
}

let store: FakeStore;
let intake: FrameIntake<string>;

beforeEach(() => {
  store = new FakeStore();
  intake = new FrameIntake<string>({
    database: store.database,
    journal: store.journal,
    read,
    scopesOf: (owner) => [owner],
    logger: createLogger('test', { level: 'fatal' }),
    unapplicable: (entry) => ({
      ...entry,
      outcome: 'rejected',
      code: 'INTERNAL_ERROR',
      answer: Buffer.from('AE ours'),
    }),
    apply: async (_tx, _owner, messages) => {
      const amended: JournalEntry[] = [];
      for (const { entry, work } of messages) {
        if (work.includes(':poison:')) throw new TypeError('cannot be applied');
        if (work.includes(':reused:'))
          amended.push({ ...entry, outcome: 'rejected', answer: Buffer.from('AE reused') });
        else store.applied.push(work);
      }
      return amended;
    },
  });
});

const handle = async (...texts: string[]): Promise<string[]> =>
  (await intake.handle(texts.map(frame))).map((answer) =>
    'ack' in answer ? answer.ack.toString().slice(0, 9) : 'closed',
  );

describe('the intake of frames', () => {
  it('answers in the order of the frames, in one transaction for each owner', async () => {
    expect(await handle('a:ok:1', 'b:ok:2', 'a:refused:3')).toEqual([
      expect.stringMatching(/^AA 1/),
      expect.stringMatching(/^AA 2/),
      expect.stringMatching(/^AE 3/),
    ]);
    expect(store.transactions).toBe(2);
  });

  it('gives the stored answer to a repeat, in the same batch or later, with one effect', async () => {
    const twice = await intake.handle([frame('a:ok:1'), frame('a:ok:1')]);
    const again = await intake.handle([frame('a:ok:1')]);
    expect([twice[1], again[0]]).toEqual([twice[0], twice[0]]);
    expect(store.applied).toEqual(['a:ok:1']);
  });

  it('answers what the database had to say', async () => {
    expect(await handle('a:reused:1')).toEqual(['AE reused']);
    expect([...store.entries.values()]).toMatchObject([{ outcome: 'rejected' }]);
  });

  it('keeps a message that cannot be applied under rejets, and takes its neighbours', async () => {
    expect(await handle('a:ok:1', 'a:poison:2', 'a:ok:3')).toEqual([
      expect.stringMatching(/^AA 1/),
      'AE ours',
      expect.stringMatching(/^AA 3/),
    ]);
    expect(store.applied).toEqual(['a:ok:1', 'a:ok:3']);
    expect([...store.entries.values()].map(({ code }) => code)).toContain('INTERNAL_ERROR');
  });

  it('keeps a message that its own reader stumbles on, and takes its neighbours', async () => {
    expect(await handle('a:ok:1', 'a:unreadable:2')).toEqual([expect.stringMatching(/^AA 1/), 'AE ours']);
    expect([...store.entries.values()].find(({ owner }) => owner === 'ght')?.raw.toString()).toBe('a:unreadable:2');
  });

  it('closes without an answer while nothing can be stored, and has no memory of it', async () => {
    store.down = true;
    expect(await handle('a:ok:1', 'b:refused:2')).toEqual(['closed', 'closed']);
    store.down = false;
    expect(await handle('a:ok:1')).toEqual([expect.stringMatching(/^AA 1/)]);
  });
});
