export type * from './model.js';
export { InsiFault } from './insi-fault.js';
export { searchAction } from './namespaces.js';
export { buildSearchRequest, parseSearchRequest } from './search-request.js';
export type { ReceivedSearch } from './search-request.js';
export { buildSearchResponse, parseSearchResponse } from './search-response.js';
