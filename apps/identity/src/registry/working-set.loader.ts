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

/** Reads and locks in one order for everybody: names of identifiers and stays, patients by id, stays by id. */
export class WorkingSetLoader {
  constructor(
    private readonly patients: PatientRepository,
    private readonly stays: StayRepository,
  ) {}

  async load(tx: Tx, domain: string, wanted: Wanted): Promise<WorkingSet> {
    const identifiers = distinct(wanted.identifiers, keyText);
    const stayKeys = distinct(wanted.stays, stayName);
    // Before anything is read: what has no row yet to lock is guarded by its name.
    this.patients.lockNames(tx, [...identifiers.map((key) => `${domain}\n${keyText(key)}`), ...stayKeys.map(stayName)]);
    const holders = await this.patients.holders(tx, domain, identifiers);
    const [ids, matricules] = [holders.map(({ patientId }) => patientId), wanted.ins.map(({ matricule }) => matricule)];
    const locked = this.lockPatients(tx, domain, ids, matricules);
    const [patients, stays] =
      wanted.retired.length === 0
        ? await Promise.all([locked, this.stays.lock(tx, stayKeys, [])])
        : await locked.then(async (found): Promise<[typeof found, Stay[]]> => [
            found,
            await this.stays.lock(tx, stayKeys, retiredPatients(wanted.retired, holders, found)),
          ]);
    return new WorkingSet(domain, { holders, patients: [...patients.values()], stays });
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
