import { describe, expect, it } from 'vitest';
import { FreshnessWait } from './freshness-wait.ts';

function setUp(stalenessMs: number) {
  const state = { stalenessMs, nowMs: 0 };
  const view = { stalenessMs: () => state.stalenessMs };
  // Each look at the clock is some milliseconds later.
  const clock = { monotonicMs: () => (state.nowMs += 100) };
  return { state, wait: new FreshnessWait(view, clock) };
}

describe('a view that may not know yet', () => {
  it.each([
    ['fresh', 1_500],
    ['cut off', 5_001],
    ['not begun', Infinity],
  ])('given it is %s, then nobody waits', (_, stalenessMs) => {
    expect(setUp(stalenessMs).wait.begin()).toBeNull();
  });

  it('given it lags for a moment, then it is waited for until it is fresh', async () => {
    const { state, wait } = setUp(1_600);
    const waiting = wait.begin();
    expect(waiting).not.toBeNull();
    state.stalenessMs = 20;
    await waiting;
    expect(state.nowMs).toBeLessThan(2_500);
  });

  it('given it goes on lagging, then the wait ends with its time', async () => {
    const { state, wait } = setUp(3_000);
    await wait.begin();
    expect(state.nowMs).toBeGreaterThanOrEqual(2_500);
  });

  it('given very many wait already, then the next one does not', async () => {
    const { state, wait } = setUp(3_000);
    const waiting = Array.from({ length: 500 }, () => wait.begin());
    expect(wait.begin()).toBeNull();
    state.stalenessMs = 0;
    await Promise.all(waiting);
    state.stalenessMs = 3_000;
    expect(wait.begin()).not.toBeNull();
  });
});
