import { describe, expect, it } from 'vitest';
import { periodOf } from './stats.handlers.ts';

const NOW = Date.UTC(2026, 5, 2, 12, 0, 30);
const shown = (asked: Parameters<typeof periodOf>[0]) => {
  const { from, to, stepMs } = periodOf(asked, NOW);
  return [new Date(from).toISOString(), new Date(to).toISOString(), stepMs];
};

describe('the period of decisions', () => {
  it('given nothing, then the last 24 h by the minute, this minute included', () => {
    expect(shown({})).toEqual(['2026-06-01T12:00:00.000Z', '2026-06-02T12:01:00.000Z', 60_000]);
  });

  it('given a step, then whole steps that hold from and to', () => {
    const asked = { from: Date.UTC(2026, 5, 2, 10, 7), to: Date.UTC(2026, 5, 2, 11, 1), step: 900 };
    expect(shown(asked)).toEqual(['2026-06-02T10:00:00.000Z', '2026-06-02T11:15:00.000Z', 900_000]);
  });

  it('given years, then no more than is kept', () => {
    expect(shown({ from: 0, to: NOW * 2, step: 86_400 })).toEqual([
      '2026-06-01T00:00:00.000Z',
      '2026-06-03T00:00:00.000Z',
      86_400_000,
    ]);
  });

  it('given an end before its beginning, then it is refused', () => {
    expect(() => periodOf({ from: NOW, to: NOW - 1 }, NOW)).toThrow();
  });
});
