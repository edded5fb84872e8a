import { AccessTrail1790400000000 } from './1790400000000-access-trail.js';
import { CreateMss1790200000000 } from './1790200000000-create-mss.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateMss1790200000000, AccessTrail1790400000000];
