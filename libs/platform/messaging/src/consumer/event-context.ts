import { BaseRpcContext } from '@nestjs/microservices';
import type { Tx } from '@pfi/platform-postgres';

/** Second argument of a handler (`@Ctx()`): the transaction that also holds the inbox rows of the events. */
export class EventContext extends BaseRpcContext<[Tx, string]> {
  constructor(tx: Tx, owner: string) {
    super([tx, owner]);
  }

  /** Commits or rolls back with the batch; useless once the handler has returned. */
  get tx(): Tx {
    return this.args[0];
  }

  /** The one owner of every event of the batch. */
  get owner(): string {
    return this.args[1];
  }
}
