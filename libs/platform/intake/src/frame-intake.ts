import { DomainError } from '@pfi/health';
import type { MllpAnswer, MllpFrame } from '@pfi/platform-mllp';
import type { Database, Tx } from '@pfi/platform-postgres';
import type { Logger } from '@pfi/platform-telemetry';
import { v7 as uuidV7 } from 'uuid';
import { GROUP_OWNER } from './journal-table.js';
import { journalKey, sha256Of, type JournalEntry, type MessageJournal } from './message-journal.js';

/** A message once read: what the journal keeps of it and, unless it is refused or unused, the work it asks for. */
export interface Reading<Work> {
  readonly entry: JournalEntry;
  readonly work?: Work;
}

export interface Applicable<Work> {
  readonly entry: JournalEntry;
  readonly work: Work;
}

export interface FrameIntakeOptions<Work> {
  readonly database: Database;
  readonly journal: MessageJournal;
  /** Pure: bytes to reading. Must not throw for bad content: a refusal is a reading without work. */
  readonly read: (frame: MllpFrame) => Reading<Work>;
  /**
   * Effects of new messages of one owner, in order, in the transaction that holds their journal rows. Returns the entries
   * whose answer changed because the database had a word to say; they are amended.
   */
  readonly apply: (tx: Tx, owner: string, messages: readonly Applicable<Work>[]) => Promise<readonly JournalEntry[]>;
  /** What is kept and answered of a message that cannot be applied for a fault of ours. */
  readonly unapplicable: (entry: JournalEntry) => JournalEntry;
  readonly scopesOf: (owner: string) => readonly string[];
  readonly logger: Logger;
}

const CLOSE: MllpAnswer = { close: true };

/**
 * From MLLP frames to answers. Each frame is acknowledged only after its bytes, its key and its effects are committed
 * (invariant I1); a batch is one transaction for each owner; the same message again gets the same answer (I2); one bad message
 * never stops the others (I6): a batch that fails is tried again message by message.
 */
export class FrameIntake<Work> {
  constructor(private readonly options: FrameIntakeOptions<Work>) {}

  async handle(frames: readonly MllpFrame[]): Promise<MllpAnswer[]> {
    const answers = new Array<MllpAnswer>(frames.length).fill(CLOSE);
    const places = new Map<Reading<Work>, number>();
    frames.forEach((frame, index) => {
      const reading = this.read(frame);
      if (reading) places.set(reading, index);
    });
    for (const [owner, group] of Map.groupBy(places.keys(), (reading) => reading.entry.owner)) {
      const given = await this.commit(owner, group);
      group.forEach((reading, index) => {
        const answer = given[index];
        if (answer) answers[places.get(reading) ?? -1] = { ack: answer };
      });
    }
    return answers;
  }

  /** A reader that throws is a fault of ours: the frame is kept under rejets, or its connection closed; others go on. */
  private read(frame: MllpFrame): Reading<Work> | undefined {
    try {
      return this.options.read(frame);
    } catch (error) {
      const entry = unreadEntry(frame);
      this.options.logger.error({ error: nameAndFrames(error), messageId: entry.id }, 'message could not be read');
      try {
        return { entry: this.options.unapplicable(entry) };
      } catch {
        return undefined;
      }
    }
  }

  private async commit(owner: string, group: readonly Reading<Work>[]): Promise<(Buffer | undefined)[]> {
    try {
      return await this.commitTogether(owner, group);
    } catch (error) {
      if (isUnavailable(error)) {
        this.options.logger.warn(
          { code: (error as DomainError).code, messages: group.length },
          'intake refused: nothing could be stored',
        );
        return group.map(() => undefined);
      }
      if (group.length > 1) {
        const answers: (Buffer | undefined)[] = [];
        for (const reading of group) answers.push(...(await this.commit(owner, [reading])));
        return answers;
      }
      return [await this.commitOnceMore(owner, group)];
    }
  }

  /** A twin committed at the same instant elsewhere (unique keys) is seen by a second try; only a second failure is ours. */
  private async commitOnceMore(owner: string, group: readonly Reading<Work>[]): Promise<Buffer | undefined> {
    try {
      return (await this.commitTogether(owner, group))[0];
    } catch (error) {
      return isUnavailable(error) ? undefined : this.keepUnapplicable(owner, group[0], error);
    }
  }

  private async commitTogether(owner: string, group: readonly Reading<Work>[]): Promise<Buffer[]> {
    const { database, journal, scopesOf, apply } = this.options;
    const byKey = new Map<string, Reading<Work>>();
    for (const reading of group) {
      const key = journalKey(reading.entry);
      if (!byKey.has(key)) byKey.set(key, reading);
    }
    const first = [...byKey.values()];
    const answers = await database.transaction([...scopesOf(owner)], async (tx) => {
      const given = new Map(
        await journal.record(
          tx,
          first.map((reading) => reading.entry),
        ),
      );
      const fresh = first.filter((reading) => !given.has(journalKey(reading.entry)));
      const applicable = fresh.flatMap(({ entry, work }) => (work === undefined ? [] : [{ entry, work }]));
      for (const { entry } of fresh) given.set(journalKey(entry), entry.answer);
      if (applicable.length > 0) {
        for (const amended of await apply(tx, owner, applicable)) {
          await journal.amend(tx, amended.id, amended);
          given.set(journalKey(amended), amended.answer);
        }
      }
      return given;
    });
    return group.map((reading) => answers.get(journalKey(reading.entry)) ?? reading.entry.answer);
  }

  private async keepUnapplicable(
    owner: string,
    reading: Reading<Work> | undefined,
    cause: unknown,
  ): Promise<Buffer | undefined> {
    if (!reading) return undefined;
    const { database, journal, scopesOf, unapplicable, logger } = this.options;
    // The message of an unknown error may hold row values: only its name and stack frames are logged.
    logger.error(
      { error: nameAndFrames(cause), messageId: reading.entry.id },
      'message could not be applied, kept under rejets',
    );
    const entry = unapplicable(reading.entry);
    try {
      return await database.transaction([...scopesOf(owner)], async (tx) => {
        const known = await journal.record(tx, [entry]);
        return known.get(journalKey(entry)) ?? entry.answer;
      });
    } catch {
      return undefined;
    }
  }
}

const unreadEntry = (frame: MllpFrame): JournalEntry => ({
  id: uuidV7(),
  owner: GROUP_OWNER,
  source: `?${frame.remoteAddress}`,
  controlId: '',
  sha256: sha256Of(frame.bytes),
  transport: 'mllp',
  messageType: '',
  receivedAt: frame.receivedAt,
  raw: frame.bytes,
  outcome: 'rejected',
  answer: Buffer.alloc(0),
});

const isUnavailable = (error: unknown): boolean => error instanceof DomainError && error.kind === 'unavailable';

function nameAndFrames(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return [error.name, ...frames.slice(0, 6)].join('\n');
}
