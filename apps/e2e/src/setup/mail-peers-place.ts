import type { Place } from '@pfi/platform-mail-peers';

export const PLACE_VARIABLE = 'PFI_E2E_MAIL_PEERS';

/** Where the Postfix and Dovecot of this run stand. */
export function mailPeersOfThisRun(): Place {
  const text = process.env[PLACE_VARIABLE];
  if (!text) throw new Error('no mail peers run for these journeys: use apps/e2e/jest.peers.config.js');
  return JSON.parse(text) as Place;
}
