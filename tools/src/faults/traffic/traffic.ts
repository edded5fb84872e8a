import { setTimeout as delay } from 'node:timers/promises';
import type { Simulator } from '../../demo/player/index.js';
import type { HospitalLine, Receipt } from './hospital-line.js';
import type { Message, Story } from './story.js';

export interface TrafficOptions {
  readonly lines: readonly HospitalLine[];
  readonly simulator: Simulator;
  readonly stories: number;
  readonly next: () => Story;
  /** How often and over how many lines at the same time a message goes; once by default. */
  readonly copies?: (message: Message) => number;
}

const PAUSE_MS = 500;

/**
 * Stories told over several lines at the same time, one patient after the other on each. As long as the disturbance lasts, the
 * first line goes on beyond their number, slowly.
 */
export class Traffic {
  readonly told: Story[] = [];
  readonly receipts: Receipt[] = [];
  /** Messages of which the first sending has begun. */
  begun = 0;
  #disturbed = true;
  #left: number;

  constructor(private readonly options: TrafficOptions) {
    this.#left = options.stories;
  }

  get acknowledged(): number {
    return this.receipts.filter(({ acknowledged }) => acknowledged).length;
  }

  /** Resolves when every story was told; `disturbance` is under way meanwhile. */
  async run(disturbance: Promise<void>): Promise<void> {
    void disturbance.catch(() => undefined).finally(() => (this.#disturbed = false));
    await Promise.all(this.options.lines.map((line, index) => this.tell(line, index)));
  }

  /** Resolves when this share of the planned messages has been begun, or everything was told. */
  async reaches(share: number): Promise<void> {
    const wanted = share * this.options.stories;
    while (this.told.length < wanted && this.#left > 0) await delay(5);
  }

  private async tell(line: HospitalLine, index: number): Promise<void> {
    while (this.#left > 0 || this.#disturbed) {
      if (this.#left <= 0) {
        if (index > 0) return;
        await delay(PAUSE_MS);
        if (!this.#disturbed) return;
      }
      this.#left -= 1;
      const story = this.options.next();
      this.told.push(story);
      for (const fault of story.faults ?? []) await this.options.simulator.fault(fault);
      for (const message of story.messages) this.receipts.push(await this.deliver(line, index, message));
    }
  }

  private async deliver(line: HospitalLine, index: number, message: Message): Promise<Receipt> {
    this.begun += 1;
    const copies = this.options.copies?.(message) ?? 1;
    if (copies === 1) return line.send(message);
    const { lines } = this.options;
    const sent = await Promise.all(
      Array.from({ length: copies }, (_, copy) => (lines[(index + copy) % lines.length] as HospitalLine).send(message)),
    );
    const [first] = sent as [Receipt];
    return {
      ...first,
      acknowledged: sent.every(({ acknowledged }) => acknowledged),
      sendings: sent.reduce((sum, { sendings }) => sum + sendings, 0),
      answers: sent.flatMap(({ answers }) => answers),
    };
  }
}
