import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { patientChangedV1, stayChangedV1, topics } from '@pfi/contracts';
import { OnEvents, type EventContext } from '@pfi/platform-messaging';
import { Projection, type PatientChanged, type StayChanged } from '../persistence/projection.js';
import { Reception } from './reception.js';

/** Patients and stays. A merge is told by the state of the patient that was merged away. */
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
    await this.reception.take(context, topics.identity, events, touched, (tx, all) =>
      this.projection.patients(tx, all),
    );
  }

  @OnEvents(stayChangedV1)
  async staysChanged(@Payload() events: StayChanged[], @Ctx() context: EventContext): Promise<void> {
    const touched = { kind: 'stay' as const, id: ({ payload }: StayChanged) => payload.stayId };
    await this.reception.take(context, topics.identity, events, touched, (tx, all) => this.projection.stays(tx, all));
  }
}
