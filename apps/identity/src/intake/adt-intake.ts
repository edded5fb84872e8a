import { FrameIntake, type Hl7MessageReader, type MessageJournal } from '@pfi/platform-intake';
import type { Database } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { Logger } from '@pfi/platform-telemetry';
import type { IdentityRegistry } from '../registry/identity-registry.js';
import type { IncomingAdt } from './incoming-adt.js';

/** The MLLP door of identities: reading, journal and registry put together. */
export function adtIntake(
  ght: Ght,
  database: Database,
  journal: MessageJournal,
  reader: Hl7MessageReader<IncomingAdt>,
  registry: IdentityRegistry,
  logger: Logger,
): FrameIntake<IncomingAdt> {
  return new FrameIntake<IncomingAdt>({
    database,
    journal,
    logger,
    scopesOf: (owner) => ght.scopesOfOwner(owner),
    read: (frame) => reader.read(frame),
    apply: async (tx, owner, messages) => {
      const refusals = await registry.apply(
        tx,
        owner.slice('dom:'.length),
        messages.map(({ work }) => work),
      );
      return messages.flatMap(({ entry }, place) => {
        const refusal = refusals.get(place);
        return refusal ? [reader.refused(entry, refusal)] : [];
      });
    },
    unapplicable: (entry) => reader.unapplicable(entry),
  });
}
