import { AccessTrail1790400000000 } from './1790400000000-access-trail.js';
import { CarriedContents1790600000000 } from './1790600000000-carried-contents.js';
import { CreateDocuments1790000000000 } from './1790000000000-create-documents.js';
import { Ledger1790700000000 } from './1790700000000-ledger.js';
import { Mail1790200000000 } from './1790200000000-mail.js';
import { Pages1790500000000 } from './1790500000000-pages.js';
import { Republication1790300000000 } from './1790300000000-republication.js';
import { Versions1790100000000 } from './1790100000000-versions.js';

/** Every migration of the schema, oldest first. */
export const migrations = [
  CreateDocuments1790000000000,
  Versions1790100000000,
  Mail1790200000000,
  Republication1790300000000,
  AccessTrail1790400000000,
  Pages1790500000000,
  CarriedContents1790600000000,
  Ledger1790700000000,
];
