import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('resolves with the value once the function stops throwing', async () => {
    let calls = 0;
    const value = await eventually(
      () => {
        calls++;
        if (calls < 3) throw new Error('not yet');
        return calls;
      },
      { everyMs: 1 },
    );
    expect(value).toBe(3);
  });

  it('throws after the deadline with the message of the last failure', async () => {
    const never = eventually(() => Promise.reject(new Error('state is held')), { timeoutMs: 20, everyMs: 1 });
    await expect(never).rejects.toThrow('not so within 20 ms: state is held');
  });
});
