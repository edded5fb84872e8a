import { CreateDocuments1790000000000 } from './1790000000000-create-documents.js';

/** Every migration of the schema, oldest first. */
export const migrations = [CreateDocuments1790000000000];
