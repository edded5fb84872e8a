export interface EventuallyOptions {
  /** 10 000 by default. */
  readonly timeoutMs?: number;
  /** 50 by default. */
  readonly everyMs?: number;
}

/**
 * Repeats `fn` until it stops throwing and resolves with its value. After the deadline throws an error that carries the
 * message of the last failure, and the failure itself as `cause`.
 */
export async function eventually<T>(fn: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 10_000, everyMs = 50 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await fn();
    } catch (error) {
      if (performance.now() >= deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`not so within ${timeoutMs} ms: ${reason}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
