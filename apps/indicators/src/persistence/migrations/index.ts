import { AccessTrail1790400000000 } from './1790400000000-access-trail.js';
import { CreateIndicators1790000000000 } from './1790000000000-create-indicators.js';
import { StaysByEstablishment1790500000000 } from './1790500000000-stays-by-establishment.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateIndicators1790000000000, AccessTrail1790400000000, StaysByEstablishment1790500000000];
