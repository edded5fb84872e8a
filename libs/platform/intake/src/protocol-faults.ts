import type { MllpRejection } from '@pfi/platform-mllp';
import type { Database } from '@pfi/platform-postgres';
import { v7 as uuidV7 } from 'uuid';
import { GROUP_OWNER } from './journal-table.js';
import { sha256Of, type MessageJournal } from './message-journal.js';

/** Keeps under "rejets" the bytes of a connection that was closed because its peer broke MLLP or a limit. */
export function keepProtocolFault(
  database: Database,
  journal: MessageJournal,
): (rejection: MllpRejection) => Promise<void> {
  return async (rejection) => {
    await database.transaction([GROUP_OWNER], (tx) =>
      journal.record(tx, [
        {
          id: uuidV7(),
          owner: GROUP_OWNER,
          source: `?${rejection.remoteAddress}`,
          controlId: '',
          sha256: sha256Of(rejection.bytes),
          transport: 'mllp',
          messageType: '',
          receivedAt: rejection.at,
          raw: rejection.bytes,
          outcome: 'rejected',
          answer: Buffer.alloc(0),
          code: rejection.code,
          detail: rejection.textFr,
        },
      ]),
    );
  };
}
