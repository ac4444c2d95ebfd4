import { describe, expect, it } from 'vitest';
import { CUTS_PER_REPORT, RecentCuts } from './recent-cuts.ts';

const cutAt = (...positions: readonly number[]): RecentCuts => {
  const cuts = new RecentCuts();
  for (const position of positions) cuts.add(position, 1, 0);
  return cuts;
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('the cuts of a report', () => {
  it('given more than one report holds, then pages tell all of them, the lowest positions first', () => {
    const cuts = cutAt(...upTo(27_000).reverse());
    const told = new Set<number>();
    for (let pages = 0; pages < 7; pages += 1) {
      const page = cuts.page(0);
      expect(page.cuts.length).toBeLessThanOrEqual(CUTS_PER_REPORT);
      for (const { position } of page.cuts) told.add(position);
      expect(page.untoldFrom).toBe(pages < 6 ? told.size + 1 : Infinity);
      cuts.told(page);
    }
    expect(told.size).toBe(27_000);
  });

  it('given a page that was not taken, then it is told again', () => {
    const cuts = cutAt(...upTo(CUTS_PER_REPORT + 1));
    expect(cuts.page(0)).toEqual(cuts.page(0));
    expect(cuts.page(0).untoldFrom).toBe(CUTS_PER_REPORT + 1);
  });

  it('given another session is cut for a reported position, then the new number is reported before newer positions', () => {
    const cuts = cutAt(5);
    cuts.told(cuts.page(0));
    cuts.add(5, 2, 10);
    expect(cuts.page(10).cuts).toEqual([{ position: 5, sessions: 3 }]);
    expect(cuts.page(10, 0).untoldFrom).toBe(5);
  });

  it('are forgotten a minute after they were told, and not before they were', () => {
    const cuts = cutAt(5);
    expect(cuts.page(70_000).cuts).toHaveLength(1);
    cuts.told(cuts.page(70_000));
    expect(cuts.page(70_001).cuts).toEqual([]);
  });
});
