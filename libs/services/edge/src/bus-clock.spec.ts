import { describe, expect, it } from 'vitest';
import { createBusClock } from './bus-clock.ts';

describe('the one time of the installation', () => {
  it('given a clock that is ahead of the log’s, then it is corrected; monotonic time is not', () => {
    let error: number | null = null;
    const own = { now: () => 100_000, monotonicMs: () => 7 };
    const clock = createBusClock(own, { clockErrorMs: () => error });
    const before = clock.now();
    error = 14_000.4;
    expect([before, clock.now(), clock.monotonicMs()]).toEqual([100_000, 86_000, 7]);
  });
});
