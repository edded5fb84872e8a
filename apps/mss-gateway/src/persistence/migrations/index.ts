import { CreateMss1790200000000 } from './1790200000000-create-mss.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateMss1790200000000];
