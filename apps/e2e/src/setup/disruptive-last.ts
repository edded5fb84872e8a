/** What Jest says of a test file. */
interface TestFile {
  readonly path: string;
}

const isDisruptive = ({ path }: TestFile): boolean => path.includes('killed-services');

/** A Jest sequencer: by name, and those that kill services at the very end, when nobody else is on the platform. */
export default class DisruptiveLast {
  sort<T extends TestFile>(tests: Iterable<T>): T[] {
    return [...tests].sort(
      (one, other) => Number(isDisruptive(one)) - Number(isDisruptive(other)) || one.path.localeCompare(other.path),
    );
  }

  shard<T extends TestFile>(tests: Iterable<T>): T[] {
    return this.sort(tests);
  }

  allFailedTests<T extends TestFile>(tests: Iterable<T>): T[] {
    return this.sort(tests);
  }

  cacheResults(): void {
    // the order never depends on an earlier run
  }
}
