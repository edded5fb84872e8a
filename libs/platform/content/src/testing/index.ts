export { InMemoryContentStore } from './in-memory-content-store.js';
