import { CreateIndicators1790000000000 } from './1790000000000-create-indicators.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateIndicators1790000000000];
