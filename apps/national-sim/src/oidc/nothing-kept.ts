import type { Adapter } from 'oidc-provider';

/** Storage of the OpenID provider: none. Machine tokens are signed and self-contained, nothing needs to be found again. */
export class NothingKept implements Adapter {
  async upsert(): Promise<void> {}
  async find(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async destroy(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}
