import { CreateDmp1790000000000 } from './1790000000000-create-dmp.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateDmp1790000000000];
