import type { MllpRejection } from '@pfi/platform-mllp';
import type { Database } from '@pfi/platform-postgres';
import { v7 as uuidV7 } from 'uuid';
import { GROUP_OWNER } from './journal-table.js';
import { sha256Of, type MessageJournal } from './message-journal.js';

/**
 * Keeps under "rejets" the bytes of a connection that was closed because its peer broke MLLP or a limit. The same bytes, also
 * none, are kept once a day (UTC) for each peer and reason: a sender that tries again and again does not fill the list, and
 * an expired certificate does not hide behind an older fault.
 */
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
          sha256: sameFault(rejection),
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

const sameFault = ({ code, at, bytes }: MllpRejection): Buffer =>
  sha256Of(Buffer.concat([Buffer.from(`${code} ${at.toISOString().slice(0, 10)}\n`), bytes]));
