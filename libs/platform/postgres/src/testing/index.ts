export { createTestDatabase } from './test-database.js';
export type { TestDatabase, TestSchema } from './test-database.js';
export { assertRowLevelSecurity, tablesWithoutRowLevelSecurity } from './row-level-security.js';
