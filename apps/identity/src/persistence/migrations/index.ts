import { AccessTrail1790400000000 } from './1790400000000-access-trail.js';
import { CarriedContents1790600000000 } from './1790600000000-carried-contents.js';
import { CreateIdentity1790000000000 } from './1790000000000-create-identity.js';
import { Deaths1790200000000 } from './1790200000000-deaths.js';
import { Republication1790300000000 } from './1790300000000-republication.js';
import { Insi1790100000000 } from './1790100000000-insi.js';

/** Every migration of the schema, oldest first. */
export const migrations = [
  CreateIdentity1790000000000,
  Insi1790100000000,
  Deaths1790200000000,
  Republication1790300000000,
  AccessTrail1790400000000,
  CarriedContents1790600000000,
];
