import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { FrameIntake } from '@pfi/platform-intake';
import { OnMllpFrames, type MllpAnswer, type MllpFrame } from '@pfi/platform-mllp';

/** Door of identities and movements: ADT (port 2575). */
@Controller()
export class AdtMllp {
  constructor(@Inject(FrameIntake) private readonly intake: FrameIntake<unknown>) {}

  @OnMllpFrames()
  handle(@Payload() frames: MllpFrame[]): Promise<MllpAnswer[]> {
    return this.intake.handle(frames);
  }
}
