import type { PayloadOf, patientChangedV1, stayChangedV1 } from '@pfi/contracts';
import type { Tx } from '@pfi/platform-postgres';
import type { DocumentRepository } from '../persistence/document.repository.js';
import { identifierKey, insKey, type IdentityReadModel, type PatientKey } from '../persistence/identity-read-model.js';
import type { LineageRepository } from '../persistence/lineage.repository.js';
import type { StayReadModel } from '../persistence/stay-read-model.js';
import { onePatient } from './patient-keys.js';
import type { Settlement } from './settlement.js';

type PatientChanged = PayloadOf<typeof patientChangedV1>;
type StayChanged = PayloadOf<typeof stayChangedV1>;

/** Keeps the read models of identities and stays, and lets deliveries follow: a qualified INS releases what waited for it. */
export class IdentityFollowing {
  constructor(
    private readonly identities: IdentityReadModel,
    private readonly stays: StayReadModel,
    private readonly lineages: LineageRepository,
    private readonly repository: DocumentRepository,
    private readonly settlement: Settlement,
  ) {}

  async patientsChanged(tx: Tx, changes: readonly PatientChanged[]): Promise<void> {
    const newest = newestOf(changes);
    this.identities.lockExclusive(tx, newest.flatMap(keysOf));
    const applied = await this.identities.apply(tx, newest);
    if (applied.length === 0) return;
    const found = await this.findAwaited(tx, applied);
    const moved = applied.flatMap(({ patientId, mergedInto }) => (mergedInto ? [patientId, mergedInto] : [patientId]));
    const followed = await this.repository.documentsToJudge(tx, await this.identities.withRetired(tx, moved));
    await this.settlement.rejudge(tx, [...new Set([...found, ...followed])].sort(), new Date());
  }

  async staysChanged(tx: Tx, changes: readonly StayChanged[]): Promise<void> {
    await this.stays.apply(tx, changes);
  }

  /** As the event of a patient does, for documents that wait since before `before`; returns those that have a patient now. */
  async findOverdue(tx: Tx, owner: string, before: Date, limit: number): Promise<string[]> {
    return this.givePatients(tx, await this.lineages.awaitingSince(tx, owner, before, limit));
  }

  /** Gives their patient to the documents that waited for one. */
  private async findAwaited(tx: Tx, applied: readonly PatientChanged[]): Promise<string[]> {
    return this.givePatients(tx, await this.lineages.awaiting(tx, applied.flatMap(keysOf)));
  }

  private async givePatients(tx: Tx, awaiting: ReadonlyMap<string, readonly PatientKey[]>): Promise<string[]> {
    if (awaiting.size === 0) return [];
    // Asked with all the keys of each document, as when it was accepted: two patients behind them are nobody.
    const known = await this.identities.find(tx, [...awaiting.values()].flat());
    const patientOf = new Map<string, string>();
    for (const [documentId, keys] of awaiting) {
      const patient = onePatient(keys, known);
      if (patient) patientOf.set(documentId, patient.patientId);
    }
    await this.repository.givePatients(tx, patientOf);
    await this.lineages.found(tx, [...patientOf.keys()]);
    return [...patientOf.keys()];
  }
}

function newestOf(changes: readonly PatientChanged[]): PatientChanged[] {
  const newest = new Map<string, PatientChanged>();
  for (const change of changes) {
    const known = newest.get(change.patientId);
    if (!known || known.version < change.version) newest.set(change.patientId, change);
  }
  return [...newest.values()];
}

const keysOf = (patient: PatientChanged): PatientKey[] => [
  ...patient.identifiers.map((i) => ({ domain: patient.domain, key: identifierKey(i.authority, i.value) })),
  ...(patient.ins ? [{ domain: patient.domain, key: insKey(patient.ins) }] : []),
];
