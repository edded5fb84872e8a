import type { Database } from '@pfi/platform-postgres';
import { meter, type Logger } from '@pfi/platform-telemetry';
import type { PeriodicTask } from '../periodic-tasks.js';
import { AccessRetention } from './access-retention.js';
import { AccessSeal } from './access-seal.js';
import { verifyAccessTrail } from './access-verification.js';

const SEAL_MS = 60_000;
const RETENTION_MS = 3_600_000;
const VERIFICATION_MS = 24 * 3_600_000;

const broken = meter('pfi.audit').createCounter('pfi_audit_chain_faults', {
  description: 'Segments of the access trail that are not as they were sealed',
});

export interface AccessTrailTasksOptions {
  /** Connected as `<schema>_system`. */
  readonly systemDatabase: Database;
  readonly logger: Logger;
  /** How long an access is kept. */
  readonly keepMs: number;
}

/** What keeps the access trail: sealed every minute, cut at its end every hour, read again every day. */
export function accessTrailTasks(options: AccessTrailTasksOptions): PeriodicTask[] {
  const seal = new AccessSeal(options);
  const retention = new AccessRetention(options);
  return [
    { name: 'access-seal', everyMs: SEAL_MS, run: () => seal.run() },
    { name: 'access-retention', everyMs: RETENTION_MS, run: () => retention.run() },
    { name: 'access-verification', everyMs: VERIFICATION_MS, run: () => verify(options) },
  ];
}

async function verify({ systemDatabase, logger }: AccessTrailTasksOptions): Promise<void> {
  for (const { owner, segments, records, faults } of await verifyAccessTrail(systemDatabase, [])) {
    broken.add(faults.length);
    if (faults.length > 0) logger.error({ code: 'ACCESS_TRAIL_ALTERED', owner, faults }, 'access trail altered');
    else logger.info({ owner, segments, records }, 'access trail verified');
  }
}
