import type { Row } from '../row.js';
import { arrivals } from './arrivals.rows.js';
import { broker } from './broker.rows.js';
import { clock } from './clock.rows.js';
import { database } from './database.rows.js';
import { destinations } from './destinations.rows.js';
import { events } from './events.rows.js';
import { killedServices } from './killed-services.rows.js';

/** The fault matrix, in the order in which it is played: what replays everything that was parked comes late, what loses events last. */
export const rows: readonly Row[] = [
  ...killedServices,
  ...database,
  ...destinations,
  ...arrivals,
  ...clock,
  ...events,
  ...broker,
];
