import { describe, expect, it } from 'vitest';
import { DEFAULT_TABLE_LIMITS } from './limits.ts';
import { StoredSessions } from './stored-sessions.ts';

const store = (storedBytes: number) =>
  new StoredSessions({ ...DEFAULT_TABLE_LIMITS, storedBytes }, () => 0);

const session = (filters: readonly string[]) => new Map(filters.map((filter) => [filter, 1]));
const long = (i: number): string => `own/${'x'.repeat(250)}${String(i)}`;

describe('sessions of devices that are away', () => {
  it('count with their filters, and the longest away goes when the bytes are used up', () => {
    const stored = store(1_000_000);
    const filters = Array.from({ length: 64 }, (_, i) => long(i));
    for (let i = 0; i < 1_000; i += 1) stored.put(`key ${String(i)}`, session(filters));
    expect(stored.bytes).toBeLessThanOrEqual(1_000_000);
    expect(stored.size).toBeLessThan(50);
    expect(stored.take('key 0')).toBeUndefined();
    expect(stored.take('key 999')).toBeDefined();
  });

  it('give back what they counted', () => {
    const stored = store(1_000_000);
    stored.put('a', session([long(1)]));
    stored.take('a');
    expect([stored.size, stored.bytes]).toEqual([0, 0]);
  });
});
