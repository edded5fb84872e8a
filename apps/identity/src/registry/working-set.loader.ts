import type { Ins } from '@pfi/health';
import type { Patient, Stay } from '@pfi/identity-core';
import type { Tx } from '@pfi/platform-postgres';
import type { Holder, IdentifierKey, PatientRepository } from '../persistence/patient.repository.js';
import type { StayKey, StayRepository } from '../persistence/stay.repository.js';
import { keyText, WorkingSet } from './working-set.js';

/** Everything that the messages of a batch may read or change. */
export interface Wanted {
  readonly identifiers: readonly IdentifierKey[];
  /** Subset of `identifiers` that may be merged away: their stays follow. */
  readonly retired: readonly IdentifierKey[];
  readonly ins: readonly Ins[];
  readonly stays: readonly StayKey[];
}

/** Reads and locks in one order for everybody: identifiers, patients by id, stays by id. */
export class WorkingSetLoader {
  constructor(
    private readonly patients: PatientRepository,
    private readonly stays: StayRepository,
  ) {}

  async load(tx: Tx, domain: string, wanted: Wanted): Promise<WorkingSet> {
    const identifiers = distinct(wanted.identifiers, keyText);
    const holders = await this.holders(tx, domain, identifiers);
    const patients = await this.lockPatients(
      tx,
      domain,
      holders.map((holder) => holder.patientId),
      wanted.ins.map((ins) => ins.matricule),
    );
    const retired = retiredPatients(wanted.retired, holders, patients);
    const stays = await this.lockStays(tx, distinct(wanted.stays, stayName), retired);
    return new WorkingSet(domain, { holders, patients: [...patients.values()], stays });
  }

  private async holders(tx: Tx, domain: string, keys: readonly IdentifierKey[]): Promise<Holder[]> {
    const known = await this.patients.holders(tx, domain, keys);
    const found = new Set(known.map(keyText));
    const unborn = keys.filter((key) => !found.has(keyText(key)));
    if (unborn.length === 0) return known;
    await this.patients.lockUnborn(
      tx,
      unborn.map((key) => `${domain}\n${keyText(key)}`),
    );
    return [...known, ...(await this.patients.holders(tx, domain, unborn))];
  }

  private async lockPatients(
    tx: Tx,
    domain: string,
    ids: readonly string[],
    matricules: readonly string[],
  ): Promise<Map<string, Patient>> {
    const patients = new Map<string, Patient>();
    let next = [...new Set(ids)];
    let carried = [...new Set(matricules)];
    while (next.length > 0 || carried.length > 0) {
      for (const patient of await this.patients.lock(tx, domain, next, carried)) patients.set(patient.id, patient);
      carried = [];
      next = [
        ...new Set(
          [...patients.values()].flatMap((p) => (p.mergedInto && !patients.has(p.mergedInto) ? [p.mergedInto] : [])),
        ),
      ];
    }
    return patients;
  }

  private async lockStays(tx: Tx, keys: readonly StayKey[], patients: readonly string[]): Promise<Stay[]> {
    const known = await this.stays.lock(tx, keys, patients);
    const found = new Set(known.map(stayName));
    const unborn = keys.filter((key) => !found.has(stayName(key)));
    if (unborn.length === 0) return known;
    await this.patients.lockUnborn(tx, unborn.map(stayName));
    return [...known, ...(await this.stays.lock(tx, unborn, []))];
  }
}

const stayName = (key: StayKey): string => `${key.legalEntity}\n${key.authority}\n${key.number}`;

function distinct<Key>(keys: readonly Key[], name: (key: Key) => string): Key[] {
  return [...new Map(keys.map((key) => [name(key), key])).values()];
}

/** Holders of the identifiers that disappear, at every step of their merges. */
function retiredPatients(
  retired: readonly IdentifierKey[],
  holders: readonly Holder[],
  patients: ReadonlyMap<string, Patient>,
): string[] {
  if (retired.length === 0) return [];
  const names = new Set(retired.map(keyText));
  return holders
    .filter((holder) => names.has(keyText(holder)))
    .flatMap((holder) => {
      const path: string[] = [];
      for (let id: string | null = holder.patientId; id; id = patients.get(id)?.mergedInto ?? null) path.push(id);
      return path;
    });
}
