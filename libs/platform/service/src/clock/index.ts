export { ClockOff, ClockWatch, type ClockWatchOptions } from './clock-watch.js';
export type { ClockLimits } from './clock-offset.js';
