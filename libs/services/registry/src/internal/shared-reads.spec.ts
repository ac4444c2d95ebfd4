import { describe, expect, it } from 'vitest';
import { createSharedReads } from './shared-reads.ts';

function setUp() {
  const begun: PromiseWithResolvers<number>[] = [];
  const read = createSharedReads<number>(() => {
    const reading = Promise.withResolvers<number>();
    begun.push(reading);
    return reading.promise;
  });
  const settle = async (nth: number): Promise<void> => {
    begun[nth]?.resolve(nth);
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, read, settle };
}

describe('a read that many ask for', () => {
  it('is one for all that ask while another runs, and begins after they have asked', async () => {
    const { begun, read, settle } = setUp();
    const first = read('a');
    const others = [read('a'), read('a'), read('a')];
    expect(begun).toHaveLength(1);
    await settle(0);
    expect(await first).toBe(0);
    const late = read('a');
    await settle(1);
    expect(await Promise.all(others)).toEqual([1, 1, 1]);
    await settle(2);
    expect(await late).toBe(2);
    expect(begun).toHaveLength(3);
  });

  it('is begun at once where none runs, and of each key apart', async () => {
    const { begun, read, settle } = setUp();
    const [a, b] = [read('a'), read('b')];
    expect(begun).toHaveLength(2);
    await settle(0);
    await settle(1);
    expect([await a, await b]).toEqual([0, 1]);
    void read('a');
    expect(begun).toHaveLength(3);
  });

  it('that fails, fails for those alone who shared it', async () => {
    const { begun, read, settle } = setUp();
    const first = read('a');
    const second = read('a');
    begun[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settle(1);
    expect(await second).toBe(1);
  });
});
