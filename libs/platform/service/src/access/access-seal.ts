import type { Database, Tx } from '@pfi/platform-postgres';
import { meter, type Logger } from '@pfi/platform-telemetry';
import { BEGINNING, contentDigest, linkDigest, type Link, type SealedRecord } from './access-digest.js';

/** Records of one segment at most, and patients and documents in them: a transaction that no time-out cuts. */
const SEGMENT_RECORDS = 500;
const SEGMENT_IDS = 5_000;

const sealedRecords = meter('pfi.audit').createCounter('pfi_audit_sealed', {
  description: 'Records of the access trail that the chain covers',
});

/** Columns of a record as the digest reads them. */
export const RECORD_COLUMNS = `id, owner, (extract(epoch FROM at) * 1000000)::bigint::text AS at, subject, issuer, machine, action,
  patients::text[] AS patients, documents::text[] AS documents, outcome, purpose, details`;

export interface AccessSealOptions {
  /** Connected as `<schema>_system`. */
  readonly systemDatabase: Database;
  readonly logger: Logger;
}

/**
 * Puts the records written since the last time under the chain of their owner, in segments. Writers never wait for each other: the
 * order of the chain is that of the seal. The digest of each new segment goes to the log, and with it out of the reach of whoever
 * holds the database.
 */
export class AccessSeal {
  constructor(private readonly options: AccessSealOptions) {}

  async run(): Promise<void> {
    for (const owner of await this.waitingOwners()) {
      while (await this.sealSegment(owner));
    }
  }

  private async waitingOwners(): Promise<string[]> {
    const rows = await this.options.systemDatabase.query<{ owner: string }>(
      `SELECT DISTINCT owner FROM access_record WHERE segment IS NULL ORDER BY owner`,
    );
    return rows.map(({ owner }) => owner);
  }

  /** True when more may wait. */
  private async sealSegment(owner: string): Promise<boolean> {
    const sealed = await this.options.systemDatabase.transaction([], async (tx) => {
      // One link at a time: two instances must not give the chain two ends.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('access-chain:' || $1, 0))`, [owner]);
      const records = await tx.query<SealedRecord>(
        `SELECT * FROM (SELECT ${RECORD_COLUMNS} FROM access_record WHERE segment IS NULL AND owner = $1
           LIMIT ${SEGMENT_RECORDS}) AS waiting ORDER BY id`,
        [owner],
      );
      const fitting = thatFit(records);
      if (fitting.length === 0) return undefined;
      const full = fitting.length < records.length || records.length === SEGMENT_RECORDS;
      return { ...(await this.append(tx, owner, fitting)), full };
    });
    if (!sealed) return false;
    const { number, records, digest, full } = sealed;
    sealedRecords.add(records);
    this.options.logger.info({ owner, segment: number, records, digest }, 'access trail sealed');
    return full;
  }

  private async append(
    tx: Tx,
    owner: string,
    records: readonly SealedRecord[],
  ): Promise<Link & { readonly digest: string }> {
    const [last] = await tx.query<{ number: number; digest: string }>(
      `SELECT number, digest FROM access_segment WHERE owner = $1 ORDER BY number DESC LIMIT 1`,
      [owner],
    );
    const instants = records.map(({ at }) => BigInt(at)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const link: Link = {
      owner,
      number: (last?.number ?? 0) + 1,
      records: records.length,
      firstAt: String(instants[0]),
      lastAt: String(instants.at(-1)),
      content: contentDigest(records),
      previous: last?.digest ?? BEGINNING,
    };
    const digest = linkDigest(link);
    await tx.execute(
      `INSERT INTO access_segment (owner, number, records, first_at, last_at, content, previous, digest)
       VALUES ($1, $2, $3, ${instant('$4')}, ${instant('$5')}, $6, $7, $8)`,
      [owner, link.number, link.records, link.firstAt, link.lastAt, link.content, link.previous, digest],
    );
    const ids = records.map(({ id }) => id);
    await tx.execute(`UPDATE access_record SET segment = $2 WHERE id = ANY($1::uuid[])`, [ids, link.number]);
    const subjects = [...new Set(records.flatMap(({ patients, documents }) => [...patients, ...documents]))];
    await tx.execute(
      `INSERT INTO access_subject (subject, owner, segment) SELECT subject, $2, $3 FROM unnest($1::uuid[]) AS n (subject)`,
      [subjects, owner, link.number],
    );
    return { ...link, digest };
  }
}

/** The first records, as many as hold few enough ids; one at least. */
function thatFit(records: readonly SealedRecord[]): readonly SealedRecord[] {
  let ids = 0;
  const tooMany = records.findIndex(
    ({ patients, documents }) => (ids += patients.length + documents.length) > SEGMENT_IDS,
  );
  return tooMany < 0 ? records : records.slice(0, Math.max(1, tooMany));
}

/** Exact, where a float of seconds would lose microseconds. */
const instant = (parameter: string): string =>
  `timestamptz 'epoch' + (${parameter}::bigint) * interval '1 microsecond'`;
