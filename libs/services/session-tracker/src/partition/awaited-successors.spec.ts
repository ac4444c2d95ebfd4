import { describe, expect, it } from 'vitest';
import { AwaitedSuccessors } from './awaited-successors.ts';

/** A beat each second, with the same sessions waiting; what the last one found overdue. */
function beats(awaited: AwaitedSuccessors, from: number, count: number, waiting: string[]) {
  let overdue: ReadonlySet<string> = new Set();
  for (let beat = 0; beat < count; beat += 1)
    overdue = awaited.overdue(waiting, from + beat * 1_000);
  return [...overdue];
}

describe('a promised successor', () => {
  it('is waited for during ten seconds of beats', () => {
    const awaited = new AwaitedSuccessors();
    expect(beats(awaited, 0, 10, ['s1'])).toEqual([]);
    expect(beats(awaited, 10_000, 1, ['s1', 's2'])).toEqual(['s1']);
  });

  it('is waited for anew after a gap in which nothing could be read', () => {
    const awaited = new AwaitedSuccessors();
    beats(awaited, 0, 10, ['s1']);
    expect(beats(awaited, 60_000, 10, ['s1'])).toEqual([]);
    expect(beats(awaited, 70_000, 1, ['s1'])).toEqual(['s1']);
  });

  it('is forgotten once it has come', () => {
    const awaited = new AwaitedSuccessors();
    beats(awaited, 0, 6, ['s1']);
    beats(awaited, 6_000, 1, []);
    expect(beats(awaited, 7_000, 9, ['s1'])).toEqual([]);
  });
});
