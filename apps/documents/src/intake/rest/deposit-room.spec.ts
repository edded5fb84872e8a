import { describe, expect, it } from '@jest/globals';
import { DepositRoom } from './deposit-room.js';

const MEGABYTE = 1_000_000;

describe('the room for deposits', () => {
  it('refuses a large one while others fill it, and takes it once they have left', () => {
    const room = new DepositRoom(10 * MEGABYTE);
    const leave = room.enter(6 * MEGABYTE);
    expect(room.enter(6 * MEGABYTE)).toBeUndefined();
    leave?.();
    expect(room.enter(6 * MEGABYTE)).toBeDefined();
  });

  it('takes small ones however full it is', () => {
    const room = new DepositRoom(10 * MEGABYTE);
    room.enter(10 * MEGABYTE);
    expect(room.enter(200_000)).toBeDefined();
  });

  it('takes one that is larger than itself when nothing else is there', () => {
    expect(new DepositRoom(MEGABYTE).enter(5 * MEGABYTE)).toBeDefined();
  });

  it('gives back what was taken once, however often that is asked', () => {
    const room = new DepositRoom(10 * MEGABYTE);
    const leave = room.enter(6 * MEGABYTE);
    room.enter(4 * MEGABYTE);
    leave?.();
    leave?.();
    expect(room.enter(7 * MEGABYTE)).toBeUndefined();
  });
});
