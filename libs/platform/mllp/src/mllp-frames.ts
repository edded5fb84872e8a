import { MessagePattern } from '@nestjs/microservices';

export const MLLP_FRAMES_PATTERN = 'mllp.frames';
export const MLLP_TRANSPORT = Symbol('mllp');

/**
 * Marks the one method that handles batches: `handler(@Payload() frames: MllpFrame[]): Promise<MllpAnswer[]>`,
 * one answer for each frame, in the same order. A rejection closes the connections of the batch without any ack.
 */
export function OnMllpFrames(): MethodDecorator {
  return MessagePattern(MLLP_FRAMES_PATTERN, MLLP_TRANSPORT);
}
