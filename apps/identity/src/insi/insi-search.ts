import { acceptedInsOids, DomainError, parseIns, sameStrictTraits, type InsEnvironment } from '@pfi/health';
import type { InsiIdentity } from '@pfi/insi';
import { maySearchIns, questionsFor, takeCertified, type CertifiedIdentity, type Patient } from '@pfi/identity-core';
import {
  done,
  release,
  retryAt,
  retryDelay,
  type CircuitBreaker,
  type Database,
  type JobOutcome,
  type RunningJob,
  type Tx,
} from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { InsiRecherche, InsiReply } from '../gateways/insi-recherche/insi-recherche.gateway.js';
import type { InsiCall, InsiRepository } from '../persistence/insi.repository.js';
import { findPatient } from '../persistence/patient-search.js';
import type { Cause } from '../registry/cause.js';
import type { WorkingSet } from '../registry/working-set.js';
import type { WorkingSetLoader } from '../registry/working-set.loader.js';
import type { WorkingSetWriter } from '../registry/working-set.writer.js';
import { insiUse, type InsiJob } from './insi-requests.js';

export const INSI_DESTINATION = 'insi';

type Job = RunningJob<InsiJob>;
type Search = { readonly calls: readonly InsiCall[]; readonly last: InsiReply };

/** One search in the national bases: the questions one after the other, the call log, and what follows for the identity. */
export class InsiSearchJob {
  constructor(
    private readonly parts: {
      readonly ght: Ght;
      readonly environment: InsEnvironment;
      readonly database: Database;
      readonly gateway: Pick<InsiRecherche, 'search'>;
      readonly repository: InsiRepository;
      readonly loader: WorkingSetLoader;
      readonly writer: WorkingSetWriter;
      readonly breaker: CircuitBreaker;
    },
  ) {}

  async handle(job: Job): Promise<JobOutcome> {
    const { ght, breaker } = this.parts;
    const patient = await this.inScopes(job, (tx) => findPatient(tx, job.payload.patientId));
    if (!patient || !maySearchIns(patient, this.parts.environment)) return done('NOT_NEEDED');
    const legalEntity = ght.file.legalEntities.find(({ domain }) => domain === patient.domain)?.finess;
    if (!legalEntity) return done('NO_LEGAL_ENTITY');
    const permit = await breaker.permit(INSI_DESTINATION, job.owner);
    if (!permit.allowed) return release(permit.nextProbeAt, 'CIRCUIT_OPEN');
    const search = await this.askAll(job.owner, legalEntity, patient);
    await (search.last.kind === 'unreached' ? permit.failed() : permit.answered());
    return this.inScopes(job, (tx) => this.follow(tx, job, patient, search));
  }

  /** Stops at the first answer that names one person, or that is no answer. */
  private async askAll(owner: string, legalEntity: string, patient: Patient): Promise<Search> {
    const calls: InsiCall[] = [];
    let last = { kind: 'none' } as InsiReply;
    for (const [index, question] of questionsFor(patient.traits).entries()) {
      const at = new Date();
      const reply = await this.parts.gateway.search(legalEntity, question);
      calls.push({
        ...{ owner, patientId: patient.id, legalEntity, question: index + 1, outcome: reply.kind, at },
        code: 'code' in reply ? reply.code : null,
        durationMs: Date.now() - at.getTime(),
      });
      // Several persons for one question say more than nobody for the next one.
      last = reply.kind === 'none' && last.kind === 'many' ? last : reply;
      if (reply.kind !== 'none' && reply.kind !== 'many') break;
    }
    return { calls, last };
  }

  private async follow(tx: Tx, job: Job, asked: Patient, { calls, last }: Search): Promise<JobOutcome> {
    await this.parts.repository.log(tx, calls);
    if (last.kind === 'unreached' || last.kind === 'fault' || last.kind === 'other')
      return this.later(tx, job, asked, last.code);
    const set = await this.parts.loader.load(tx, asked.domain, {
      identifiers: asked.identifiers,
      retired: [],
      ins: last.kind === 'found' ? [last.identity.ins] : [],
      stays: [],
    });
    const patient = set.named(asked.identifiers)?.living;
    // Corrected meanwhile: the correction has asked again by itself.
    if (patient?.id !== asked.id || patient.version !== asked.version) return done('IDENTITY_CHANGED');
    for (const code of ['INSI_NOT_FOUND', 'INSI_AMBIGUOUS', 'INSI_TRAITS_DIFFER', 'INSI_UNAVAILABLE'] as const)
      set.settleTask(code, patient.id);
    if (last.kind === 'found') {
      const found = certified(last.identity, this.parts.environment);
      if (found) await this.take(tx, set, patient, found, job);
      else set.openTask('INS_INVALID', patient.id);
    } else set.openTask(last.kind === 'none' ? 'INSI_NOT_FOUND' : 'INSI_AMBIGUOUS', patient.id);
    await this.parts.writer.write(tx, set);
    return done(last.kind.toUpperCase());
  }

  private async take(tx: Tx, set: WorkingSet, patient: Patient, found: CertifiedIdentity, job: Job): Promise<void> {
    const decision = takeCertified(patient, found);
    if (decision.kind === 'differs') {
      set.openTask('INSI_TRAITS_DIFFER', patient.id);
      return;
    }
    if (insiUse(this.parts.ght, patient.domain) === 'proposed') {
      await this.parts.repository.propose(tx, job.owner, patient.id, found, new Date());
      set.openTask('INSI_PROPOSAL', patient.id);
      return;
    }
    const rival = set.carriers(found.ins).find((other) => other.id !== patient.id);
    if (rival && sameStrictTraits(rival.traits, found.traits).length > 0) {
      set.openTask('INS_CONFLICT', patient.id, rival.id);
      return;
    }
    set.keepPatient(decision, causeOf(job));
    if (rival) set.openTask('INS_DUPLICATE', ...([rival.id, patient.id].sort() as [string, string]));
  }

  private async later(tx: Tx, job: Job, patient: Patient, code: string): Promise<JobOutcome> {
    const { retry, insi } = this.parts.ght.file.delays;
    if (Date.now() - job.createdAt.getTime() <= insi.giveUp)
      return retryAt(new Date(Date.now() + retryDelay(job.attempts, { baseMs: retry.base, capMs: retry.cap })), code);
    const set = await this.parts.loader.load(tx, patient.domain, {
      ...{ identifiers: patient.identifiers, retired: [], ins: [], stays: [] },
    });
    set.openTask('INSI_UNAVAILABLE', patient.id);
    await this.parts.writer.write(tx, set);
    return done(code);
  }

  private inScopes<T>(job: Job, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.parts.database.transaction([...this.parts.ght.scopesOfOwner(job.owner)], work);
  }
}

const causeOf = (job: Job): Cause => ({
  event: 'insi',
  source: 'insi',
  messageId: null,
  at: new Date(),
  traceparent: job.traceparent ?? undefined,
});

/** Undefined for a matricule with a wrong key, or an OID that this environment does not take. */
function certified({ ins, traits }: InsiIdentity, environment: InsEnvironment): CertifiedIdentity | undefined {
  if (!acceptedInsOids(environment).includes(ins.oid)) return undefined;
  const { firstGivenName, ...others } = traits;
  try {
    return {
      ins: parseIns(ins.matricule, ins.oid),
      traits: { ...others, ...(firstGivenName ? { birthFirstGivenName: firstGivenName } : {}) },
    };
  } catch (error) {
    if (error instanceof DomainError) return undefined;
    throw error;
  }
}
