export { GoAheadClient, type GoAhead } from './go-ahead-client.js';
export { documentEntryOf, submissionSetOf, type FixedIds } from './xds-metadata.js';
