import { describe, expect, it } from '@jest/globals';
import { DoorPressure } from './door-pressure.js';

describe('who stands behind the doors', () => {
  it('does not wait while nobody queues', async () => {
    const doors = new DoorPressure();
    doors.watch({ waitingMs: 3 });
    expect(await doors.relief(60_000)).toBe(true);
  });

  it('goes on as soon as nobody queues at any door any more', async () => {
    const doors = new DoorPressure();
    let asked = 0;
    doors.watch({ waitingMs: 0 });
    doors.watch({
      get waitingMs() {
        return (asked += 1) > 3 ? 0 : 40;
      },
    });
    expect(await doors.relief(60_000)).toBe(true);
    expect(asked).toBeGreaterThan(3);
  });

  it('goes on after a while however long the queue', async () => {
    const doors = new DoorPressure();
    doors.watch({ waitingMs: 4_000 });
    expect(await doors.relief(30)).toBe(false);
  });
});
