import {
  FrameIntake,
  type Applicable,
  type Hl7MessageReader,
  type JournalEntry,
  type MessageJournal,
} from '@pfi/platform-intake';
import type { Database, Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { Logger } from '@pfi/platform-telemetry';
import type { DocumentRecorder } from './document-recorder.js';
import type { IncomingDocument } from './incoming-document.js';

/** The MLLP door of documents: reading, journal and recording put together. */
export function documentIntake(
  ght: Ght,
  database: Database,
  journal: MessageJournal,
  reader: Hl7MessageReader<IncomingDocument>,
  recorder: DocumentRecorder,
  logger: Logger,
): FrameIntake<IncomingDocument> {
  return new FrameIntake<IncomingDocument>({
    database,
    journal,
    logger,
    scopesOf: (owner) => ght.scopesOfOwner(owner),
    read: (frame) => reader.read(frame),
    apply: (tx, owner, messages) => apply(tx, owner, messages, reader, recorder),
    unapplicable: (entry) => reader.unapplicable(entry),
  });
}

async function apply(
  tx: Tx,
  owner: string,
  messages: readonly Applicable<IncomingDocument>[],
  reader: Hl7MessageReader<IncomingDocument>,
  recorder: DocumentRecorder,
): Promise<JournalEntry[]> {
  const recorded = await recorder.record(
    tx,
    owner,
    messages.map(({ entry, work }) => ({ messageId: entry.id, incoming: work })),
  );
  return recorded.flatMap((result, index) => {
    const message = messages[index];
    if (result.kind !== 'refused' || !message) return [];
    const { code, textFr } = result;
    return [reader.refused(message.entry, { hl7Code: '207', code, textFr, location: 'OBX^1^5' })];
  });
}
