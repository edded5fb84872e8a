import { setTimeout as delay } from 'node:timers/promises';

/** What takes messages from outside. */
export interface Door {
  /** How long messages waited for their turn of late at most, in milliseconds. */
  readonly waitingMs: number;
}

/** A lone batch takes less: who waits longer waits behind others. */
const PRESSED_MS = 25;
const LOOK_MS = 20;

/**
 * Messages at the doors come first. A hospital's application waits for each acknowledgement; what happens to a message afterwards
 * has minutes. So while messages queue at a door of this process, what stands behind it gives way for a while.
 */
export class DoorPressure {
  readonly #doors: Door[] = [];

  watch<D extends Door>(door: D): D {
    this.#doors.push(door);
    return door;
  }

  get pressed(): boolean {
    return this.#doors.some(({ waitingMs }) => waitingMs > PRESSED_MS);
  }

  /** Resolves when nobody queues any more, after `mostMs` at the latest. @returns whether nobody does */
  async relief(mostMs: number): Promise<boolean> {
    const until = performance.now() + mostMs;
    while (this.pressed && performance.now() < until) await delay(LOOK_MS);
    return !this.pressed;
  }
}
