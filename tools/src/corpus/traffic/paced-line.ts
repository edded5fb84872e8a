import { setTimeout as delay } from 'node:timers/promises';
import type { Latencies } from '../../bench/latencies.js';
import type { PlatformApi } from '../../demo/player/index.js';
import { HospitalLine, type Doors, type Receipt } from '../../faults/traffic/hospital-line.js';
import type { Message } from '../../faults/traffic/story.js';

export interface Pace {
  /** Between the beginnings of two messages of one line. */
  readonly everyMs: number;
  /** Where the time until each acknowledgement goes. */
  readonly acknowledgements: Latencies;
}

/** A hospital's application that sends at an even pace, so that two runs of traffic can be compared. */
export class PacedLine extends HospitalLine {
  #next: number;

  constructor(
    doors: Doors,
    api: PlatformApi,
    turn: number,
    private readonly pace: Pace,
  ) {
    super(doors, api, turn);
    // lines do not beat together
    this.#next = performance.now() + turn * 37;
  }

  override async send(message: Message, giveUpMs?: number): Promise<Receipt> {
    await delay(Math.max(0, this.#next - performance.now()));
    this.#next = Math.max(this.#next + this.pace.everyMs, performance.now());
    const began = performance.now();
    const receipt = await super.send(message, giveUpMs);
    this.pace.acknowledgements.add(performance.now() - began);
    return receipt;
  }
}
