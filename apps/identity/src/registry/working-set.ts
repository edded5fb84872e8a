import {
  moveStay,
  sameIns,
  unknownPatient,
  type MergePath,
  type Patient,
  type PatientOutcome,
  type Stay,
  type StayOutcome,
  type TaskCode,
} from '@pfi/identity-core';
import type { Ins } from '@pfi/health';
import type { Holder, IdentifierKey } from '../persistence/patient.repository.js';
import type { HistoryRecord } from '../persistence/patient-history.js';
import type { StayKey } from '../persistence/stay.repository.js';
import type { TaskToOpen } from '../persistence/task.repository.js';
import type { Cause } from './cause.js';

export interface MergeDone {
  readonly retired: string;
  readonly survivor: string;
  readonly cause: Cause;
}

/** Who an identifier names: the way from it to the living identity. */
export interface Named {
  readonly path: MergePath;
  readonly living: Patient;
}

export const keyText = (key: IdentifierKey): string => `${key.authority}\n${key.value}`;
const stayText = (key: StayKey): string => `${key.legalEntity}\n${key.authority}\n${key.number}`;

/**
 * The locked patients and stays of one batch, changed in memory message after message, so that a message sees what the ones
 * before it did; written once at the end.
 */
export class WorkingSet {
  readonly #holders: Map<string, Holder>;
  readonly #patients: Map<string, Patient>;
  readonly #stays: Map<string, Stay>;
  readonly #tasks = new Map<string, { readonly task: TaskToOpen; readonly open: boolean }>();
  readonly newHolders: Holder[] = [];
  readonly history: HistoryRecord[] = [];
  readonly merges: MergeDone[] = [];
  /** Last cause of each change, by patient or stay id. */
  readonly causes = new Map<string, Cause>();

  constructor(
    readonly domain: string,
    loaded: {
      readonly holders: readonly Holder[];
      readonly patients: readonly Patient[];
      readonly stays: readonly Stay[];
    },
  ) {
    this.#holders = new Map(loaded.holders.map((holder) => [keyText(holder), holder]));
    this.#patients = new Map(loaded.patients.map((patient) => [patient.id, patient]));
    this.#stays = new Map(loaded.stays.map((stay) => [stayText(stay), stay]));
  }

  /** The first identifier that is known decides. */
  named(identifiers: readonly IdentifierKey[]): Named | undefined {
    for (const identifier of identifiers) {
      const holder = this.#holders.get(keyText(identifier));
      if (holder) return this.follow(holder);
    }
    return undefined;
  }

  holder(identifier: IdentifierKey): Holder | undefined {
    return this.#holders.get(keyText(identifier));
  }

  /** Living identities that carry an INS. */
  carriers(ins: Ins): Patient[] {
    return [...this.#patients.values()].filter((patient) => !patient.mergedInto && sameIns(patient.ins, ins));
  }

  newPatient(id: string): Patient {
    return unknownPatient(id, this.domain);
  }

  /** Keeps an outcome; gives back the state that is now current. */
  keepPatient({ patient, changes }: PatientOutcome, cause: Cause): Patient {
    if (changes.length === 0) return patient;
    this.#patients.set(patient.id, patient);
    this.history.push({ patient, changes, cause });
    this.causes.set(patient.id, cause);
    return patient;
  }

  /** Lets identifiers name a patient from now on; those that name somebody already are left alone. */
  claim(identifiers: readonly IdentifierKey[], patientId: string, alias = false): void {
    for (const { authority, value } of identifiers) {
      const holder = { authority, value, patientId, alias };
      if (this.#holders.has(keyText(holder))) continue;
      this.#holders.set(keyText(holder), holder);
      this.newHolders.push(holder);
    }
  }

  stay(key: StayKey): Stay | undefined {
    return this.#stays.get(stayText(key));
  }

  keepStay({ stay, changed }: StayOutcome, cause: Cause): void {
    if (!changed) return;
    this.#stays.set(stayText(stay), stay);
    this.causes.set(stay.id, cause);
  }

  merged(retired: string, survivor: string, cause: Cause): void {
    this.merges.push({ retired, survivor, cause });
    for (const stay of this.#stays.values()) {
      if (stay.patientId === retired) this.keepStay(moveStay(stay, survivor), cause);
    }
  }

  openTask(code: TaskCode, patientId: string | null, subject = ''): void {
    const task = { code, patientId, subject };
    this.#tasks.set(`${code}\n${patientId}\n${subject}`, { task, open: true });
  }

  /** Without a subject, every task of this code and patient. */
  settleTask(code: TaskCode, patientId: string, subject = ''): void {
    for (const [key, { task }] of this.#tasks) {
      const covered =
        task.code === code && task.patientId === patientId && (subject === '' || task.subject === subject);
      if (covered) this.#tasks.delete(key);
    }
    this.#tasks.set(`${code}\n${patientId}\n${subject}\nsettled`, { task: { code, patientId, subject }, open: false });
  }

  tasks(open: boolean): TaskToOpen[] {
    return [...this.#tasks.values()].filter((entry) => entry.open === open).map(({ task }) => task);
  }

  changedPatients(): Patient[] {
    return [...new Set(this.history.map(({ patient }) => patient.id))].flatMap((id) => this.#patients.get(id) ?? []);
  }

  changedStays(): Stay[] {
    return [...this.#stays.values()].filter((stay) => this.causes.has(stay.id));
  }

  /** The state of a patient of the set. */
  patient(id: string): Patient {
    const patient = this.#patients.get(id);
    if (!patient) throw new Error('an identifier names a patient that was not loaded');
    return patient;
  }

  private follow(holder: Holder): Named {
    const path: string[] = holder.alias ? [keyText(holder)] : [];
    let living = this.patient(holder.patientId);
    path.push(living.id);
    while (living.mergedInto) {
      living = this.patient(living.mergedInto);
      path.push(living.id);
    }
    return { path: path as [string, ...string[]], living };
  }
}
