import { AccessTrail1790400000000 } from './1790400000000-access-trail.js';
import { CreateIndicators1790000000000 } from './1790000000000-create-indicators.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateIndicators1790000000000, AccessTrail1790400000000];
