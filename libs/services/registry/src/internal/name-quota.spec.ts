import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createNameQuota } from './name-quota.ts';

describe('the quota of names a product may have', () => {
  it('given it is used up, then a new name is refused and a known one is not; a name that goes makes room', async () => {
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
