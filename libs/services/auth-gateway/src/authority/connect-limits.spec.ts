import { describe, expect, it } from 'vitest';
import { addressOf, ConnectLimits } from './connect-limits.ts';

const limits = () =>
  new ConnectLimits({
    claimsPerAddressPerSecond: 3,
    refusalsPerAddressPerMinute: 2,
    claimsPerNamePerSecond: 2,
    namesPerProduct: 1,
    sessionQueue: 1,
    maxConnections: 1,
  });

describe('what one address and one name may ask for', () => {
  it('an address that was refused too often is not let in to try until the minute is over', () => {
    const of = limits();
    of.refused('1.1.1.1', 0);
    expect(of.open('1.1.1.1', 1)).toBe(true);
    of.refused('1.1.1.1', 1);
    expect(of.open('1.1.1.1', 59_999)).toBe(false);
    expect(of.open('2.2.2.2', 59_999)).toBe(true);
    expect(of.open('1.1.1.1', 60_000)).toBe(true);
  });

  it('claims are counted by the second, for a name and for an address', () => {
    const of = limits();
    const claim = (address: string, name: string) => of.mayClaim(address, name, 0);
    expect([claim('a', 'n'), claim('a', 'n'), claim('b', 'n')]).toEqual([true, true, false]);
    expect([claim('a', 'm'), claim('a', 'o')]).toEqual([true, false]);
    expect(of.mayClaim('a', 'n', 1_000)).toBe(true);
  });

  it('the address is what comes before the port', () => {
    expect(addressOf('10.0.0.1:5123')).toBe('10.0.0.1');
    expect(addressOf('[fe80::1]:5123')).toBe('[fe80::1]');
  });
});
