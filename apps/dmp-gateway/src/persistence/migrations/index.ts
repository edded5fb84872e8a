import { AccessTrail1790400000000 } from './1790400000000-access-trail.js';
import { CreateDmp1790000000000 } from './1790000000000-create-dmp.js';
import { Operations1790100000000 } from './1790100000000-operations.js';
import { Republication1790300000000 } from './1790300000000-republication.js';

/** Every migration of the schema, oldest first. */
export const migrations = [
  CreateDmp1790000000000,
  Operations1790100000000,
  Republication1790300000000,
  AccessTrail1790400000000,
];
