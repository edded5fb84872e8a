export { consoleParts } from './app.module.js';
export { readConfig, type ConsoleConfig } from './config.js';
export { migrations } from './persistence/migrations/index.js';
