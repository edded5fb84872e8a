export { GoAheadClient, type GoAhead } from './go-ahead-client.js';
