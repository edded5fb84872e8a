import type { EventEnvelope } from '@pfi/contracts';
import type { EventContext } from '@pfi/platform-messaging';
import type { Tx } from '@pfi/platform-postgres';
import type { Judging } from '../judging/judging.js';
import { touch, type TouchedKind } from '../persistence/touched.js';

/** What every handler does around its own facts (of events of one type): say what to judge again, and count what was republished for a rebuild. */
export class Reception {
  constructor(private readonly judging: Pick<Judging, 'wake'>) {}

  async take<Event extends EventEnvelope>(
    { tx, owner }: Pick<EventContext, 'tx' | 'owner'>,
    events: readonly Event[],
    touched: { readonly kind: TouchedKind; readonly id: (event: Event) => string },
    write: (tx: Tx, events: readonly Event[]) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await write(tx, events);
    await touch(tx, owner, touched.kind, events.map(touched.id));
    const replayed = events.filter(({ replay }) => replay);
    if (replayed[0]) {
      await tx.execute(
        `INSERT INTO republished (owner, generation, type, events)
         SELECT $1, id, $2, $3 FROM generation WHERE state = 'building'`,
        [owner, replayed[0].type, replayed.length],
      );
    }
    tx.afterCommit(() => this.judging.wake());
  }
}
