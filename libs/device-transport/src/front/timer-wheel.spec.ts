import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimerWheel, type Timed } from './timer-wheel.ts';

class Deadline implements Timed {
  wheelSlot = -1;
  expired = 0;
  due: number;
  onExpire: () => void = () => undefined;

  constructor(due: number) {
    this.due = due;
  }
  dueTick(): number {
    return this.due;
  }
  expire(): void {
    this.expired += 1;
    this.onExpire();
  }
}

let wheel: TimerWheel;
const advance = (ticks: number): unknown => vi.advanceTimersByTime(ticks * 1000);
beforeEach(() => {
  vi.useFakeTimers();
  wheel = new TimerWheel(1000);
});
afterEach(() => {
  wheel.stop();
  vi.useRealTimers();
});

describe('the timer wheel', () => {
  it.each([1, 63, 64, 65, 1000])('expires a deadline of %i ticks then, and once', (due) => {
    const entry = new Deadline(due);
    wheel.add(entry);
    advance(due - 1);
    expect(entry.expired).toBe(0);
    advance(200);
    expect(entry.expired).toBe(1);
    expect(wheel.size()).toBe(0);
  });

  it('finds out by itself that a deadline has moved away', () => {
    const entry = new Deadline(5);
    wheel.add(entry);
    advance(4);
    entry.due = 100;
    advance(95);
    expect(entry.expired).toBe(0);
    advance(1);
    expect(entry.expired).toBe(1);
  });

  it('is told of one that comes nearer', () => {
    const entry = new Deadline(60);
    wheel.add(entry);
    entry.due = 3;
    wheel.move(entry);
    advance(3);
    expect(entry.expired).toBe(1);
  });

  it('never expires what was removed, not even by another in the same slot', () => {
    const [one, two] = [new Deadline(5), new Deadline(5)];
    wheel.add(one);
    wheel.add(two);
    one.onExpire = () => {
      wheel.remove(two);
    };
    advance(10);
    expect([one.expired, two.expired]).toEqual([1, 0]);
    expect(wheel.size()).toBe(0);
  });

  it('does not hold what has no deadline', () => {
    wheel.add(new Deadline(Infinity));
    expect(wheel.size()).toBe(0);
  });
});
