import { createHash } from 'node:crypto';
import type { InsEnvironment } from '@pfi/health';
import { maySearchIns, questionsFor, type Patient } from '@pfi/identity-core';
import type { JobQueue, Tx } from '@pfi/platform-postgres';
import { ownerOfDomain, type Ght } from '@pfi/platform-settings';

export const INSI_QUEUE = 'insi';

/** What a job holds: no trait. */
export interface InsiJob {
  readonly patientId: string;
  readonly domain: string;
}

/** Is the INSi teleservice asked for the identities of this domain, and what are its answers worth? (Design D5.) */
export function insiUse(ght: Ght, domain: string): 'applied' | 'proposed' | 'off' {
  const settings = ght.domain(domain);
  if (settings?.identityAuthority === 'pfi') return 'applied';
  return settings?.insi === 'proposals' ? 'proposed' : 'off';
}

/** Asks for a search each time an identity without INS gets new traits; once for the same traits. */
export class InsiRequests {
  constructor(
    private readonly ght: Ght,
    private readonly environment: InsEnvironment,
    private readonly jobs: JobQueue,
  ) {}

  async ask(tx: Tx, patients: readonly Patient[], traceOf: (id: string) => string | undefined): Promise<void> {
    const wanted = patients.filter(
      (patient) => insiUse(this.ght, patient.domain) !== 'off' && maySearchIns(patient, this.environment),
    );
    await this.jobs.enqueue(
      tx,
      wanted.map((patient) => {
        const traceparent = traceOf(patient.id);
        return {
          owner: ownerOfDomain(patient.domain),
          queue: INSI_QUEUE,
          key: `${patient.id}:${questionsHash(patient)}`,
          orderingKey: patient.id,
          payload: { patientId: patient.id, domain: patient.domain } satisfies InsiJob,
          ...(traceparent ? { traceparent } : {}),
        };
      }),
    );
  }
}

/** Of a platform that is not connected to the teleservice. */
export const noInsi: Pick<InsiRequests, 'ask'> = { ask: async () => undefined };

/** A keyed row must not tell the traits: what is asked is known by its hash alone. */
const questionsHash = (patient: Patient): string =>
  createHash('sha256')
    .update(JSON.stringify(questionsFor(patient.traits)))
    .digest('hex')
    .slice(0, 32);
