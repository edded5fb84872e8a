import type { Tx } from '@pfi/platform-postgres';
import { describeContentStore } from './content-store.suite.js';
import { InMemoryContentStore } from './in-memory-content-store.js';

const store = new InMemoryContentStore();

describeContentStore('the in-memory store', () => ({
  store,
  // the fake knows no transaction
  transaction: (_scopes, work) => work({} as Tx),
}));
