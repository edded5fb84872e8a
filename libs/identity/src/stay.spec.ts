import { describe, expect, it } from '@jest/globals';
import { applyMovement, moveStay, unknownStay, type MovementEvent, type Stay, type StayMovement } from './stay.js';

const NEW = unknownStay({
  id: 's',
  legalEntity: '990000101',
  establishment: '990000119',
  authority: 'NORD',
  number: '1',
  patientId: 'p',
});
const day = (n: number) => new Date(Date.UTC(2026, 0, n, 8));

const movement = (event: MovementEvent, details: Partial<StayMovement> = {}): StayMovement => ({
  event,
  historic: false,
  occurredAt: day(9),
  patientClass: 'I',
  ...details,
});
const after = (...movements: StayMovement[]): Stay =>
  movements.reduce((stay, next) => applyMovement(stay, next).stay, NEW);
const states = (...events: MovementEvent[]): string => after(...events.map((event) => movement(event))).state;

describe('state of a stay', () => {
  it.each([
    [['A05'], 'pre-admitted'],
    [['A05', 'A01'], 'open'],
    [['A05', 'A02'], 'open'],
    [['A04'], 'open'],
    [['A01', 'A03'], 'ended'],
    [['A01', 'A03', 'A13'], 'open'],
    [['A01', 'A11'], 'cancelled'],
    [['A01', 'A11', 'A01'], 'open'],
    [['A05', 'A11', 'A05'], 'pre-admitted'],
    [['A03', 'A01'], 'ended'],
    [['A01', 'A03', 'A08'], 'ended'],
    [['A01', 'A05'], 'open'],
    [['A02'], 'open'],
    [['A13'], 'open'],
  ] as const)('%j is %s', (events, state) => {
    expect(states(...events)).toBe(state);
  });

  it('a movement of a stay never seen marks it reconstituted until its admission comes', () => {
    expect(after(movement('A02')).reconstituted).toBe(true);
    expect(after(movement('A03'), movement('A01')).reconstituted).toBe(false);
    expect(after(movement('A01'), movement('A02')).reconstituted).toBe(false);
  });

  it('admission and discharge come in any order to the same dates', () => {
    const [in_, out] = [movement('A01', { at: day(2) }), movement('A03', { at: day(5) })];
    const dates = ({ admittedAt, endedAt, state }: Stay) => ({ admittedAt, endedAt, state });
    expect(dates(after(out, in_))).toEqual(dates(after(in_, out)));
  });

  it('the end is PV1-45, else ZBE-2, else EVN-6; A13 undoes it', () => {
    expect(after(movement('A03', { endedAt: day(3), at: day(4) })).endedAt).toEqual(day(3));
    expect(after(movement('A03', { at: day(4) })).endedAt).toEqual(day(4));
    expect(after(movement('A03')).endedAt).toEqual(day(9));
    expect(after(movement('A03'), movement('A13')).endedAt).toBeNull();
  });

  it('an update corrects the end of a stay that has ended, and does not end one that is open', () => {
    expect(after(movement('A03', { at: day(4) }), movement('A08', { endedAt: day(3) })).endedAt).toEqual(day(3));
    expect(after(movement('A01'), movement('A08', { endedAt: day(3) }))).toMatchObject({
      state: 'open',
      endedAt: null,
    });
  });

  it('a transfer moves the stay, a historic one does not, and A07 changes the class', () => {
    const place = { unit: '1020', establishment: '990000127' };
    expect(after(movement('A01'), movement('A02', { place }))).toMatchObject(place);
    expect(after(movement('A01'), movement('A02', { place, historic: true }))).toMatchObject({
      unit: null,
      establishment: '990000119',
    });
    expect(after(movement('A01'), movement('A07', { patientClass: 'O' })).patientClass).toBe('O');
  });

  it('said again it changes nothing', () => {
    const stay = after(movement('A01', { at: day(2) }));
    expect(applyMovement(stay, movement('A01', { at: day(2) }))).toEqual({ stay, changed: false });
  });

  it('follows its patient to a survivor', () => {
    expect(moveStay(after(movement('A01')), 'q')).toMatchObject({
      changed: true,
      stay: { patientId: 'q', version: 2 },
    });
  });
});

describe('a stay that ended by death', () => {
  it.each<[string, StayMovement[], boolean]>([
    ['as its discharge says', [movement('A01'), movement('A03', { byDeath: true })], true],
    ['as a correction of the ended stay says', [movement('A03'), movement('A08', { byDeath: true })], true],
    ['until a correction denies it', [movement('A03', { byDeath: true }), movement('A08', { byDeath: false })], false],
    ['and a message that says nothing keeps it', [movement('A03', { byDeath: true }), movement('A08')], true],
    ['not one that is open', [movement('A01', { byDeath: true })], false],
    ['not one whose discharge was cancelled', [movement('A03', { byDeath: true }), movement('A13')], false],
  ])('is known %s', (_name, movements, endedByDeath) => {
    expect(after(...movements).endedByDeath).toBe(endedByDeath);
  });
});
