import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { patientChangedV1, patientsMergedV1, stayChangedV1, type EventEnvelope, type PayloadOf } from '@pfi/contracts';
import { OnEvents, type EventContext } from '@pfi/platform-messaging';
import { Projection, type PatientChanged, type StayChanged } from '../persistence/projection.js';
import { Reception } from './reception.js';

/** Patients and stays. */
@Controller()
export class IdentityConsumer {
  constructor(
    @Inject(Reception) private readonly reception: Reception,
    @Inject(Projection) private readonly projection: Projection,
  ) {}

  @OnEvents(patientChangedV1)
  async patientsChanged(@Payload() events: PatientChanged[], @Ctx() context: EventContext): Promise<void> {
    const touched = {
      kind: 'patient' as const,
      id: ({ payload }: PatientChanged) => payload.mergedInto ?? payload.patientId,
    };
    await this.reception.take(context, events, touched, (tx, all) => this.projection.patients(tx, all));
  }

  /** The state of the patient that was merged away says the same; its stays are judged once more when this comes. */
  @OnEvents(patientsMergedV1)
  async patientsMerged(
    @Payload() events: EventEnvelope<PayloadOf<typeof patientsMergedV1>>[],
    @Ctx() context: EventContext,
  ): Promise<void> {
    await this.reception.take(context, events, { kind: 'patient', id: ({ payload }) => payload.survivor });
  }

  @OnEvents(stayChangedV1)
  async staysChanged(@Payload() events: StayChanged[], @Ctx() context: EventContext): Promise<void> {
    const touched = { kind: 'stay' as const, id: ({ payload }: StayChanged) => payload.stayId };
    await this.reception.take(context, events, touched, (tx, all) => this.projection.stays(tx, all));
  }
}
