import type { InFlightPage, InFlightReport } from '@pfi/contracts';
import type { Database } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { LedgerRepository } from '../persistence/ledger.repository.js';

const PAGE = 1_000;

/** What was asked of the gateways and has no outcome yet, and what they say of it: a request lost between two services shows here. */
export class RequestsInFlight {
  constructor(
    private readonly ght: Ght,
    private readonly database: Database,
    private readonly repository: LedgerRepository,
  ) {}

  /** Requests that have been on their way long enough to be known, in id order. */
  async page(scopes: readonly string[], channels: readonly string[], after: string | null): Promise<InFlightPage> {
    const before = new Date(Date.now() - this.ght.file.delays.ledger.transit);
    const items = await this.database.transaction(scopes, (tx) =>
      this.repository.inFlight(tx, channels, before, { after, limit: PAGE }),
    );
    return { items, next: items.length < PAGE ? null : (items.at(-1)?.deliveryId ?? null) };
  }

  /** Replaces what was known of the requests that the gateway looked for. */
  async report(scopes: readonly string[], { examined, lost }: InFlightReport): Promise<void> {
    await this.database.transaction(scopes, async (tx) => {
      const owners = await this.repository.ownersOf(tx, examined);
      const found = lost.flatMap(({ deliveryId, code }) => {
        const owner = owners.get(deliveryId);
        return owner === undefined ? [] : [{ kind: 'delivery', id: deliveryId, owner, code } as const];
      });
      await this.repository.judged(tx, 'delivery', examined, found);
    });
  }
}
