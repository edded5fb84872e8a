import type { Row } from '../row.js';

const severalTimes: Row = {
  id: 'T-I1',
  what: 'every message one to five times, on several connections at the same time',
  recoverWithinS: 60,
  copies: (_message, random) => random.between(1, 5),
  disturb: async () => undefined,
};

export const arrivals: readonly Row[] = [severalTimes];
