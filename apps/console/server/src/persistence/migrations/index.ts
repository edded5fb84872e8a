import { CreateConsole1791000000000 } from './1791000000000-create-console.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateConsole1791000000000];
