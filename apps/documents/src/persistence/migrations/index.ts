import { CreateDocuments1790000000000 } from './1790000000000-create-documents.js';
import { FollowAndSweep1790000100000 } from './1790000100000-follow-and-sweep.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateDocuments1790000000000, FollowAndSweep1790000100000];
