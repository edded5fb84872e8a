import type { Database } from '@pfi/platform-postgres';
import type { Logger } from '@pfi/platform-telemetry';

export interface AccessRetentionOptions {
  /** Connected as `<schema>_system`. */
  readonly systemDatabase: Database;
  /** How long an access is kept; PostgreSQL itself refuses less than SHORTEST_RETENTION_DAYS. */
  readonly keepMs: number;
  readonly logger: Logger;
}

/** Removes records at the end of their time (S-14), by whole segments from the oldest: their links stay, so the chain still verifies. */
export class AccessRetention {
  constructor(private readonly options: AccessRetentionOptions) {}

  async run(): Promise<void> {
    while (await this.removeOldest());
  }

  private async removeOldest(): Promise<boolean> {
    const { systemDatabase, keepMs, logger } = this.options;
    const removed = await systemDatabase.transaction([], async (tx) => {
      const [link] = await tx.query<{ owner: string; number: number; records: number }>(
        `UPDATE access_segment SET removed_at = now() WHERE (owner, number) = (
           SELECT owner, number FROM access_segment WHERE removed_at IS NULL AND last_at < now() - $1 * interval '1 millisecond'
           ORDER BY last_at, owner, number LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING owner, number, records`,
        [keepMs],
      );
      if (!link) return undefined;
      const { owner, number } = link;
      await tx.execute(`DELETE FROM access_record WHERE segment = $2 AND owner = $1`, [owner, number]);
      await tx.execute(`DELETE FROM access_subject WHERE owner = $1 AND segment = $2`, [owner, number]);
      return link;
    });
    if (!removed) return false;
    const { owner, number, records } = removed;
    logger.info({ owner, segment: number, records }, 'accesses removed at the end of their time');
    return true;
  }
}
