import { describe, expect, it } from 'vitest';
import { PartitionPositions } from './partition-positions.ts';

const id = { topic: 'events', partition: 3 };
const bounds = [{ ...id, low: 10, high: 20 }];
const at = (offset: number) => [{ ...id, offset }];

describe('where a partition begins', () => {
  it.each([
    ['earliest', [], 10],
    ['latest', [], 20],
    ['own', [], 10],
    ['own', at(15), 15],
    ['own', at(20), 20],
    ['own', at(3), 10],
    ['own', at(21), 10],
  ] as const)('read from %s with %j named is %i', (from, named, expected) => {
    const positions = new PartitionPositions();
    positions.start(from, [id], bounds, named);
    expect(positions.get(id)).toBe(expected);
  });

  it.each(['earliest', 'latest'] as const)('gained again from %s is where it was left', (from) => {
    const positions = new PartitionPositions();
    positions.set(id, 14);
    positions.start(from, [id], bounds, []);
    expect(positions.get(id)).toBe(14);
  });

  it('gained again by a reader with its own offsets is where that reader says', () => {
    const positions = new PartitionPositions();
    positions.set(id, 14);
    positions.start('own', [id], bounds, at(12));
    expect(positions.get(id)).toBe(12);
  });

  it.each([
    ['earliest', [], true],
    ['own', [], true],
    ['own', at(15), true],
    ['own', at(21), false],
    ['own', at(3), false],
  ] as const)('read from %s with %j named lies within the bounds: %s', (from, named, expected) => {
    const positions = new PartitionPositions();
    expect(positions.within(from, [id], bounds, named)).toBe(expected);
  });

  it('lies within no bounds that do not name it', () => {
    const positions = new PartitionPositions();
    expect(positions.within('earliest', [{ ...id, partition: 4 }], bounds, [])).toBe(false);
  });
});
