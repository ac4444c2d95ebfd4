import { describe, expect, it } from 'vitest';
import { coPartitions } from './co-partition-assigner.ts';

describe('the division of partition numbers', () => {
  it.each([
    [1, 12],
    [2, 12],
    [3, 12],
    [5, 12],
    [7, 4],
  ])(
    'gives %i members all of %i numbers, each once, and as equal shares as can be',
    (members, count) => {
      const ids = Array.from({ length: members }, (_, at) => `member-${at}`);

      const shares = [...coPartitions(ids, count).values()];

      const all = shares.flat().toSorted((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: count }, (_, at) => at));
      const sizes = shares.map((share) => share.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    },
  );

  it('does not depend on the order in which members are named', () => {
    const one = coPartitions(['b', 'a', 'c'], 12);
    const other = coPartitions(['c', 'b', 'a'], 12);
    for (const member of ['a', 'b', 'c']) expect(one.get(member)).toEqual(other.get(member));
  });
});
