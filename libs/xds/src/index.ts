export type * from './model.js';
export type * from './vihf.model.js';
