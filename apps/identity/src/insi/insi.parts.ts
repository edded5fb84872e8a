import type { ShutdownStep } from '@pfi/platform-http';
import { CircuitBreaker, JobRunner } from '@pfi/platform-postgres';
import { circuitSettings, type ServicePlatform } from '@pfi/platform-service';
import { runInTrace } from '@pfi/platform-telemetry';
import type { IdentityConfig } from '../config.js';
import { InsiRecherche } from '../gateways/insi-recherche/insi-recherche.gateway.js';
import { InsiRepository } from '../persistence/insi.repository.js';
import type { WorkingSetLoader } from '../registry/working-set.loader.js';
import type { WorkingSetWriter } from '../registry/working-set.writer.js';
import { INSI_QUEUE } from './insi-requests.js';
import { INSI_DESTINATION, InsiSearchJob } from './insi-search.js';

export interface InsiParts {
  readonly repository: InsiRepository;
  readonly runners: readonly JobRunner[];
  readonly closing: readonly ShutdownStep[];
}

/** The search in the national bases; without PFI_INSI_URL nothing runs. */
export function insiParts(
  platform: Pick<ServicePlatform, 'ght' | 'database' | 'systemDatabase' | 'jobs' | 'logger' | 'clock'>,
  config: IdentityConfig,
  registry: { readonly loader: WorkingSetLoader; readonly writer: WorkingSetWriter },
): InsiParts {
  const repository = new InsiRepository();
  const { PFI_INSI_URL: url, PFI_SECRETS_DIR: secretsDir } = config;
  if (!url || !secretsDir) return { repository, runners: [], closing: [] };
  const { ght, database, systemDatabase, jobs, logger } = platform;
  const { circuitBreaker, delays, insi } = ght.file;
  const gateway = new InsiRecherche(ght, { url, ca: config.PFI_INSI_CA_FILE, secretsDir }, platform.clock);
  const breaker = new CircuitBreaker({
    database: systemDatabase,
    settings: circuitSettings(circuitBreaker),
  });
  const search = new InsiSearchJob({
    ...{ ght, environment: config.PFI_ENVIRONMENT, database, gateway, repository, breaker },
    ...registry,
  });
  const runner = new JobRunner({
    database: systemDatabase,
    queue: INSI_QUEUE,
    destination: INSI_DESTINATION,
    jobs,
    pollMs: 2_000,
    perOwner: insi.concurrency,
    handler: (job: Parameters<InsiSearchJob['handle']>[0]) =>
      runInTrace('job insi', job.traceparent ?? undefined, () => search.handle(job)),
    unexpected: { baseMs: delays.retry.base, capMs: delays.retry.cap, maxAttempts: 10 },
    onError: () => logger.warn({ queue: INSI_QUEUE }, 'job failed'),
  });
  return { repository, runners: [runner], closing: [{ name: 'insi', stop: () => gateway.close() }] };
}
