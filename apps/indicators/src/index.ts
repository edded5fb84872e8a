export { indicatorsParts } from './app.module.js';
export { migrations } from './persistence/migrations/index.js';
