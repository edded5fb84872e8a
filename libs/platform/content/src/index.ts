export { contentKey, ContentNotFound, ContentStore, sha256Of } from './content-store.js';
export type { ContentDescription, ContentName, NewContent, StreamedContent } from './content-store.js';
export { contentTable } from './content-table.sql.js';
export { PostgresContentStore } from './postgres-content-store.js';
export type { PostgresContentStoreOptions } from './postgres-content-store.js';
