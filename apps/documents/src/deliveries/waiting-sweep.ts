import type { Channel } from '@pfi/documents-core';
import { meter, type Logger } from '@pfi/platform-telemetry';
import type { Database, Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { IdentityFollowing } from './identity-following.js';
import type { Settlement } from './settlement.js';

const moved = meter('pfi-documents').createCounter('pfi_deliveries_swept', {
  description:
    'Documents with deliveries that the sweep moved: a delay that ended, or a wait whose end nothing else had told.',
});

const LIMIT = 200;

/**
 * The safety net under the release of held deliveries: asks the rules again for those that have waited a minute although
 * their patient's identity is known. It also releases what waited for a channel or a mailbox that a new GHT file brings, and
 * professional mail whose wait for an INS is over (design D3).
 */
export class WaitingSweep {
  constructor(
    private readonly ght: Ght,
    private readonly database: Database,
    private readonly repository: DocumentRepository,
    private readonly following: IdentityFollowing,
    private readonly settlement: Settlement,
    private readonly logger: Logger,
  ) {}

  /** Returns how many documents moved. One transaction for each owner; at most 200 documents of each at a time. */
  async run(now = new Date()): Promise<number> {
    const before = new Date(now.getTime() - 60_000);
    let total = 0;
    for (const owner of this.ght.owners().filter((name) => name.startsWith('ej:'))) {
      const count = await this.database.transaction([...this.ght.scopesOfOwner(owner)], (tx) =>
        this.sweep(tx, owner, before, now),
      );
      if (count === 0) continue;
      total += count;
      moved.add(count, { owner });
      this.logger.info({ owner, documents: count }, 'deliveries released by the sweep');
    }
    return total;
  }

  private async sweep(tx: Tx, owner: string, before: Date, now: Date): Promise<number> {
    const found = await this.following.findOverdue(tx, owner, before, LIMIT);
    const waiting = await this.repository.overdueDocuments(tx, owner, before, {
      openChannels: this.openChannels(),
      mailbox: this.ght.legalEntity(owner.slice('ej:'.length))?.mailbox !== undefined,
      withoutInsSince: this.withoutInsSince(now),
      limit: LIMIT,
    });
    const judged = await this.settlement.rejudge(tx, [...new Set([...found, ...waiting])].sort(), now);
    return judged.filter((document) => document.timeline.length > 0).length;
  }

  private openChannels(): Channel[] {
    const { dmp, mssPro, mssPatient } = this.ght.file.channels;
    const all: [Channel, boolean][] = [
      ['dmp', dmp],
      ['mss-pro', mssPro],
      ['mss-patient', mssPatient],
    ];
    return all.filter(([, open]) => open).map(([channel]) => channel);
  }

  private withoutInsSince(now: Date): Date | null {
    const { mssProWithoutIns } = this.ght.file.delays;
    if (mssProWithoutIns === 'hold') return null;
    return mssProWithoutIns === 'send' ? now : new Date(now.getTime() - mssProWithoutIns);
  }
}
