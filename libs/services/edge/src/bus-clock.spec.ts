import { clockConformance } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createBusClock } from './bus-clock.ts';
import { systemClock } from './system-ids.ts';

clockConformance('the time of the log', () =>
  createBusClock(systemClock, { clockErrorMs: () => null, timeAt: (ms) => Date.UTC(2026) + ms }),
);

describe('the one time of the installation', () => {
  it('given a log that tells its time, then the clock shows it, and the wall clock before; monotonic time is unchanged', () => {
    let ahead: number | null = null;
    const own = { now: () => 100_000, monotonicMs: () => 7 };
    const timeAt = (ms: number) => (ahead === null ? null : ms + ahead);
    const clock = createBusClock(own, { clockErrorMs: () => null, timeAt });
    const before = clock.now();
    ahead = 85_993.4;
    expect([before, clock.now(), clock.monotonicMs()]).toEqual([100_000, 86_000, 7]);
  });

  it('given a wall clock that is set, then the time goes on as it did', () => {
    const own = { wall: 100_000, ms: 7 };
    const clock = createBusClock(
      { now: () => own.wall, monotonicMs: () => own.ms },
      { clockErrorMs: () => 0, timeAt: (ms) => ms + 99_993 },
    );
    own.wall -= 600_000;
    own.ms += 5;
    expect(clock.now()).toBe(100_005);
  });
});
