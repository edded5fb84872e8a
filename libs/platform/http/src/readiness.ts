import type { ReadinessCheck } from './service.types.js';

const CHECK_TIMEOUT_MS = 2_000;

/** What `/health/ready` knows. */
export class Readiness {
  #checks: Readonly<Record<string, ReadinessCheck>> = {};
  #started = false;

  open(checks: Readonly<Record<string, ReadinessCheck>>): void {
    this.#checks = checks;
    this.#started = true;
  }

  /** First act of a stop: the orchestrator takes the replica out before it refuses anything. */
  close(): void {
    this.#started = false;
  }

  /** Names of the parts that are not usable. */
  async missing(): Promise<readonly string[]> {
    if (!this.#started) return ['service'];
    const results = await Promise.all(
      Object.entries(this.#checks).map(async ([name, check]) => ((await passes(check)) ? [] : [name])),
    );
    return results.flat();
  }
}

async function passes(check: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('late')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), late]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
