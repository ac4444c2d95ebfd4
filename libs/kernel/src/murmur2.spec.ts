import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from './murmur2.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('murmur2', () => {
  // The vectors of Apache Kafka's own UtilsTest.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('hashes %s as the Java client does', (text, expected) => {
    expect(murmur2(bytes(text))).toBe(expected);
  });

  it.each(['default/pk/dk', 'ü€😀', 'aü', '', 'k'.repeat(600)])(
    'gives %s the partition of its UTF-8 bytes',
    (key) => {
      expect(partitionOf(key, 12)).toBe((murmur2(bytes(key)) & 0x7fffffff) % 12);
    },
  );

  it('gives a partition within the count', () => {
    expect(partitionOf('default/pk/dk', 12)).toBeGreaterThanOrEqual(0);
    expect(partitionOf('default/pk/dk', 12)).toBeLessThan(12);
    expect(partitionOf('anything', 1)).toBe(0);
  });
});
