import { describe, expect, it } from 'vitest';
import { ConnectLimits, placeOf } from './connect-limits.ts';

const limits = () =>
  new ConnectLimits({
    claimsPerAddressPerSecond: 3,
    refusalsPerAddressPerMinute: 2,
    checksPerAddressPerSecond: 3,
    checksPerNamePerSecond: 2,
    claimsPerNamePerSecond: 2,
    unansweredClaimsPerHour: 20,
    requestsPerTokenPerSecond: 1,
    namesPerProduct: 1,
    sessionQueue: 1,
    maxConnections: 1,
  });

describe('what one address and one name may ask for', () => {
  it('given an address was refused too often, then its proofs are looked at strictly until the minute is over', () => {
    const of = limits();
    of.refused('1.1.1.1:1', 0);
    expect(of.look('1.1.1.1:1', 'n', 1)).toBe('open');
    of.refused('1.1.1.1:2', 1);
    expect(of.look('1.1.1.1:3', 'n', 59_999)).toBe('strict');
    expect(of.look('2.2.2.2:3', 'n', 59_999)).toBe('open');
    expect(of.look('1.1.1.1:3', 'n', 60_000)).toBe('open');
  });

  it('given a limited address, then the looks of a second are bounded, for a name and for all of them', () => {
    const of = limits();
    for (const port of [1, 2]) of.refused(`1.1.1.1:${port}`, 0);
    const look = (name: string, now = 0) => of.look('1.1.1.1:9', name, now);
    expect([look('n'), look('n'), look('n')]).toEqual(['strict', 'strict', 'shut']);
    expect([look('m'), look('n', 1_000)]).toEqual(['shut', 'strict']);
  });

  it('given refusals of one IPv6 network, then they count together whatever the address', () => {
    const of = limits();
    for (const host of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9']) of.refused(`[${host}]:1`, 0);
    expect(of.look('[2001:db8:1:2::77]:5', 'n', 1)).toBe('strict');
    expect(of.look('[2001:db8:1:3::77]:5', 'n', 1)).toBe('open');
  });

  it('claims are counted by the second, for a name and for an address', () => {
    const of = limits();
    const claim = (address: string, name: string) => of.mayClaim(`${address}:1`, name, 0);
    expect([claim('a', 'n'), claim('a', 'n'), claim('b', 'n')]).toEqual([true, true, false]);
    expect([claim('a', 'm'), claim('a', 'o')]).toEqual([true, false]);
    expect(of.mayClaim('a:1', 'n', 1_000)).toBe(true);
  });

  it('the address is what comes before the port', () => {
    expect(placeOf('10.0.0.1:5123')).toBe('10.0.0.1');
    expect(placeOf('[fe80::1]:5123')).toBe('fe80:0:0:0::/64');
  });
});
