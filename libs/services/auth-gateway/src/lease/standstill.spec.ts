import { createFixedClock } from '@tallystick/test-kit';
import { expect, it } from 'vitest';
import { Standstill } from './standstill.ts';

it('a process that goes on has not stood still', () => {
  const clock = createFixedClock();
  const standstill = new Standstill(clock, 3_000);
  for (let second = 0; second < 60; second += 1) {
    standstill.beat();
    expect(standstill.isOver).toBe(true);
    clock.advance(1_000);
  }
});

it('after a standstill it is over when what had waited meanwhile has been read', () => {
  const clock = createFixedClock();
  const standstill = new Standstill(clock, 3_000);
  clock.advance(3_001);
  expect(standstill.isOver).toBe(false);
  standstill.beat();
  clock.advance(2_000);
  standstill.beat();
  expect(standstill.isOver).toBe(false);
  clock.advance(1);
  expect(standstill.isOver).toBe(true);
});

it('asking does not move it: it is not over as long as no beat was heard', () => {
  const clock = createFixedClock();
  const standstill = new Standstill(clock, 3_000);
  clock.advance(3_001);
  for (let second = 0; second < 10; second += 1) {
    expect(standstill.isOver).toBe(false);
    clock.advance(1_000);
  }
});
