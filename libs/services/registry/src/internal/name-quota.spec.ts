import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createNameQuota } from './name-quota.ts';

describe('the quota of names a product may have', () => {
  it('given it is far, then a million names are not counted each second; near it they are', async () => {
    const clock = createFixedClock();
    const state = { names: 0, counted: 0 };
    const quota = createNameQuota({
      ...{ clock, namesPerProduct: 10_000 },
      countDevices: () => Promise.resolve(((state.counted += 1), state.names)),
      isKnown: () => Promise.resolve(false),
    });
    const claim = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) {
        clock.advance(1);
        if (await quota.allows('default', 'p', `d${state.names}`)) state.names += 1;
      }
    };
    await claim(8_000);
    expect(state).toEqual({ names: 8_000, counted: 1 });
    await claim(4_000);
    expect(state.names).toBeGreaterThanOrEqual(10_000);
    expect(state.names).toBeLessThan(11_100);
    clock.advance(1_000);
    expect(await quota.allows('default', 'p', 'late')).toBe(false);
  });

  it('given the quota is used up, then a new name is refused and a known one is not; a deleted name makes room', async () => {
    const clock = createFixedClock();
    const names = new Set(['a', 'b']);
    const quota = createNameQuota({
      clock,
      namesPerProduct: 2,
      countDevices: () => Promise.resolve(names.size),
      isKnown: (_tenant, _productKey, deviceKey) => Promise.resolve(names.has(deviceKey)),
    });
    expect(await quota.allows('default', 'p', 'c')).toBe(false);
    expect(await quota.allows('default', 'p', 'a')).toBe(true);
    names.delete('a');
    clock.advance(1_000);
    expect(await quota.allows('default', 'p', 'c')).toBe(true);
  });
});
