import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whenReady } from './when-ready.ts';

describe('what is said when a service is ready', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function setUp(readyAtStart: boolean) {
    const state = { ready: readyAtStart, told: 0 };
    whenReady(
      () => state.ready,
      () => (state.told += 1),
    );
    return state;
  }

  it('given it is ready at once, then it is said at once, and once', () => {
    const state = setUp(true);
    expect(state.told).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(state.told).toBe(1);
  });

  it('given it catches up first, then nothing is said until it is ready, and then once', () => {
    const state = setUp(false);
    vi.advanceTimersByTime(60_000);
    expect(state.told).toBe(0);
    state.ready = true;
    vi.advanceTimersByTime(1_000);
    expect(state.told).toBe(1);
  });
});
