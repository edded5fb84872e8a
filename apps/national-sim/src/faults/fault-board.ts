import { randomUUID } from 'node:crypto';
import type { Effect, FaultKind, FaultSpec, FaultTarget } from './fault.schema.js';

/** What is known of a request; a fault that asks for something unknown does not apply. */
export interface RequestFacts {
  readonly operation?: 'iti-41' | 'iti-18' | 'update';
  /** Distinguished name of the TLS client certificate. */
  readonly certificateSubject?: string;
  /** Identifiant_Structure of the VIHF. */
  readonly structureId?: string;
  readonly matricule?: string;
  readonly uniqueIds?: readonly string[];
  readonly clientId?: string;
  readonly originalControlId?: string;
  /** Recipients of a mail, in lower case. */
  readonly recipients?: readonly string[];
  readonly rpps?: string;
  /** Where an SMTP exchange is. */
  readonly stage?: 'MAIL' | 'RCPT' | 'DATA' | 'dot';
}

export interface Applied {
  readonly faultIds: readonly string[];
  readonly delayMs: number;
  readonly effect: Effect | null;
}

export interface SetFault {
  readonly id: string;
  readonly fault: FaultSpec;
  readonly setAt: string;
  readonly applied: number;
}

interface Live {
  readonly id: string;
  readonly fault: FaultSpec;
  readonly setAt: Date;
  applied: number;
}

/** The faults that are set now. They are scoped by `match`, so that tests running together do not disturb each other. */
export class FaultBoard {
  readonly #live = new Map<string, Live>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  set(fault: FaultSpec): string {
    const id = randomUUID();
    this.#live.set(id, { id, fault, setAt: this.#now(), applied: 0 });
    return id;
  }

  remove(id: string): boolean {
    return this.#live.delete(id);
  }

  list(): SetFault[] {
    this.#forgetExpired();
    return [...this.#live.values()].map(({ id, fault, setAt, applied }) => ({
      id,
      fault,
      setAt: setAt.toISOString(),
      applied,
    }));
  }

  /** The faults that apply to this request, counted as used: every delay, and the first that ends it. */
  take(target: FaultTarget, facts: RequestFacts, kinds?: readonly FaultKind[]): Applied {
    this.#forgetExpired();
    const faultIds: string[] = [];
    let delayMs = 0;
    let effect: Effect | null = null;
    for (const live of this.#live.values()) {
      const { fault } = live;
      if (fault.target !== target || (kinds && !kinds.includes(fault.kind)) || !matches(fault.match, facts)) continue;
      if (fault.kind === 'smtp' && fault.stage !== facts.stage) continue;
      if (fault.kind !== 'delay') {
        if (effect) continue;
        effect = fault;
      }
      delayMs += fault.delayMs;
      faultIds.push(live.id);
      live.applied += 1;
      if (fault.times !== undefined && live.applied >= fault.times) this.#live.delete(live.id);
    }
    return { faultIds, delayMs, effect };
  }

  #forgetExpired(): void {
    const now = this.#now().getTime();
    for (const { id, fault, setAt } of this.#live.values()) {
      if (fault.forMs !== undefined && now - setAt.getTime() >= fault.forMs) this.#live.delete(id);
    }
  }
}

function matches(match: FaultSpec['match'], facts: RequestFacts): boolean {
  return (
    (match.matricule === undefined || match.matricule === facts.matricule) &&
    (match.uniqueId === undefined || (facts.uniqueIds ?? []).includes(match.uniqueId)) &&
    (match.operation === undefined || match.operation === facts.operation) &&
    (match.clientId === undefined || match.clientId === facts.clientId) &&
    (match.originalControlId === undefined || match.originalControlId === facts.originalControlId) &&
    (match.rpps === undefined || match.rpps === facts.rpps) &&
    (match.recipient === undefined || (facts.recipients ?? []).includes(match.recipient)) &&
    (match.legalEntity === undefined || isLegalEntity(match.legalEntity, facts))
  );
}

function isLegalEntity(wanted: string, { structureId, certificateSubject = '' }: RequestFacts): boolean {
  const national = `1${wanted}`;
  if (structureId === wanted || structureId === national) return true;
  const values = certificateSubject.split(/\n|, ?/).map((attribute) => attribute.slice(attribute.indexOf('=') + 1));
  return values.some((value) => value === wanted || value === national || value.split(' ').includes(wanted));
}
