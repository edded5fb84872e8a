import type { Outbox } from '@pfi/platform-messaging';
import type { Tx } from '@pfi/platform-postgres';
import { addHistory } from '../persistence/patient-history.js';
import type { PatientRepository } from '../persistence/patient.repository.js';
import type { StayRepository } from '../persistence/stay.repository.js';
import type { TaskRepository } from '../persistence/task.repository.js';
import type { InsiRequests } from '../insi/insi-requests.js';
import { patientChanged, patientsMerged, stayChanged } from './identity-events.js';
import type { WorkingSet } from './working-set.js';

/** Writes what a batch changed and says it: one event for each patient and stay, with the state at the end of the batch. */
export class WorkingSetWriter {
  constructor(
    private readonly patients: PatientRepository,
    private readonly stays: StayRepository,
    private readonly tasks: TaskRepository,
    private readonly outbox: Outbox,
    private readonly insi: Pick<InsiRequests, 'ask'>,
  ) {}

  async write(tx: Tx, set: WorkingSet): Promise<void> {
    const now = new Date();
    const patients = set.changedPatients();
    const stays = set.changedStays();
    this.patients.save(tx, patients);
    this.patients.addHolders(tx, set.domain, set.newHolders);
    addHistory(tx, set.history);
    this.stays.save(tx, stays);
    this.tasks.settle(tx, set.tasks(false), now);
    this.tasks.open(tx, set.domain, set.tasks(true), now);
    const traceOf = (id: string) => set.causes.get(id)?.traceparent;
    await this.insi.ask(tx, patients, traceOf);
    await this.outbox.append(tx, [
      ...patients.map((patient) => patientChanged(patient, traceOf(patient.id))),
      ...set.merges.map(({ retired, survivor, cause }) =>
        patientsMerged(set.patient(retired), set.patient(survivor), cause.traceparent),
      ),
      ...stays.map((stay) => stayChanged(stay, traceOf(stay.id))),
    ]);
  }
}
