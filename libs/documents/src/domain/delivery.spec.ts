import { describe, expect, it } from '@jest/globals';
import { documentState, type DeliveryState, type DocumentState } from './delivery.js';

describe('state of a document', () => {
  const cases: [DeliveryState[], DocumentState][] = [
    [['parked', 'delivered'], 'parked'],
    [['held', 'not-applicable'], 'held'],
    [['held', 'pending'], 'in-delivery'],
    [['held', 'delivered'], 'in-delivery'],
    [['pending'], 'in-delivery'],
    [['delivered', 'not-applicable'], 'delivered'],
    [['sent', 'delivered'], 'delivered'],
    [['delivered', 'refused'], 'partly-delivered'],
    [['delivered', 'cancelled'], 'partly-delivered'],
    [['refused', 'cancelled'], 'refused'],
    [['not-applicable'], 'not-sent'],
    [['cancelled'], 'not-sent'],
    [[], 'not-sent'],
  ];
  it.each(cases)('with deliveries %j is %s', (deliveries, expected) => {
    expect(documentState(deliveries)).toBe(expected);
  });

  it('is what a person or the source said, before anything else', () => {
    expect(documentState(['parked'], { abandoned: true })).toBe('abandoned');
    expect(documentState(['delivered'], { withdrawn: true, abandoned: true })).toBe('withdrawn');
  });
});
