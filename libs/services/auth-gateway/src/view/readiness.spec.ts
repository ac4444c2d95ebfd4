import { describe, expect, it } from 'vitest';
import { LaneProgress, UNREAD } from './lane-progress.ts';
import { ColdReadiness } from './readiness.ts';

const STARTED = 1_000;
const lane = (position: number, upToTime = STARTED, begun = true) => ({
  begun,
  position,
  upToTime,
  incarnation: 1,
});
const facts = (over: Partial<Parameters<ColdReadiness['update']>[0]> = {}) => ({
  startedAt: STARTED,
  fast: lane(50),
  bulk: lane(50),
  oldestFast: null,
  ...over,
});

describe('a cold gateway', () => {
  it('is ready when its fast tick is young and bulk has reached what it covers', () => {
    expect(new ColdReadiness().update(facts())).toBe(true);
  });

  it.each([
    ['a partition has had no fast tick', { fast: lane(50, STARTED, false) }],
    ['the fast tick is older than the start', { fast: lane(50, STARTED - 1) }],
    ['a partition has had no bulk tick', { bulk: lane(50, STARTED, false) }],
    ['bulk has not passed the oldest fast record', { bulk: lane(59), oldestFast: 60 }],
    ['bulk has not reached the first young fast tick', { bulk: lane(49) }],
    [
      'bulk still tells of the store before its adoption',
      { fast: { ...lane(50), incarnation: 2 } },
    ],
  ])('is not ready while %s', (_, over) => {
    expect(new ColdReadiness().update(facts(over))).toBe(false);
  });

  it('does not chase a fast lane that runs ahead', () => {
    const readiness = new ColdReadiness();
    expect(readiness.update(facts({ fast: lane(50), bulk: lane(40) }))).toBe(false);
    expect(readiness.update(facts({ fast: lane(500), bulk: lane(50) }))).toBe(true);
  });

  it('once ready stays so', () => {
    const readiness = new ColdReadiness();
    readiness.update(facts());
    expect(readiness.update(facts({ fast: lane(50, 0) }))).toBe(true);
  });
});

describe('staleness', () => {
  const progress = (): LaneProgress =>
    new LaneProgress([{ ...UNREAD, upTo: 5, upToTime: 10_000, at: 10_000 }]);

  it('of a view from before the start is judged by the wall clock', () => {
    expect(progress().stalenessMs(12_000, 99_999)).toBe(2_000);
  });

  it('is the larger of now − upToTime and the time since the tick arrived', () => {
    const fresh = progress();
    fresh.set(0, { ...UNREAD, upTo: 6, upToTime: 11_900, at: 12_000 }, 500);
    expect(fresh.stalenessMs(12_000, 600)).toBe(100);
    expect(fresh.stalenessMs(12_000, 3_500)).toBe(3_000);
  });
});
