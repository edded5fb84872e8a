import type { StayFacts } from '../stay-facts.js';
import { accepted, delivery, document, LETTER, outcome, PRESCRIPTION, stay } from './facts.js';

/** Eleven stays around the window F3, each one a case that a count may get wrong. */
export const elevenStays: readonly StayFacts[] = [
  stay('S01', '2023-02-01T10:00:00+01:00', {
    documents: [accepted('S01', LETTER), accepted('S01', PRESCRIPTION)],
  }),
  stay('S02', '2023-02-03T10:00:00+01:00', { documents: [accepted('S02', LETTER)] }),
  stay('S03', '2023-02-10T10:00:00+01:00', { patient: { insQualified: false } }),
  stay('S04', '2023-03-01T10:00:00+01:00', { endedByDeath: true, documents: [accepted('S04', LETTER)] }),
  stay('S05', '2023-03-05T10:00:00+01:00', { patient: { opposed: true } }),
  stay('S06', '2023-03-07T10:00:00+01:00', {
    documents: [document('S06', LETTER, [delivery(outcome('refused', { code: 'DMPClosed' }))])],
  }),
  stay('S07', '2023-04-02T10:00:00+02:00', {
    documents: [accepted('S07', LETTER), accepted('S07', PRESCRIPTION)],
  }),
  // 30 June in UTC, 1 July in France.
  stay('S08', '2023-07-01T00:30:00+02:00', {
    documents: [accepted('S08', LETTER), accepted('S08', PRESCRIPTION)],
  }),
  stay('S09', '2023-05-05T10:00:00+02:00', { patientClass: 'O' }),
  stay('S10', '2023-05-20T10:00:00+02:00', {
    documents: [
      document('S10', LETTER, [
        delivery(outcome('accepted')),
        delivery(outcome('withdrawn', { at: new Date('2023-05-21T10:00:00Z') }), { operation: 'withdraw' }),
      ]),
      accepted('S10', PRESCRIPTION),
    ],
  }),
  stay('S11', '2023-06-30T23:30:00+02:00', {
    documents: [
      accepted('S11', LETTER),
      document('S11', LETTER, [delivery(outcome('accepted'), { operation: 'replace' })], { version: 2 }),
      accepted('S11', PRESCRIPTION),
    ],
  }),
];
