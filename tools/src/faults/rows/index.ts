import type { Row } from '../row.js';
import { arrivals } from './arrivals.rows.js';
import { destinations } from './destinations.rows.js';
import { killedServices } from './killed-services.rows.js';

/** The fault matrix, in the order in which it is played. */
export const rows: readonly Row[] = [...killedServices, ...destinations, ...arrivals];
