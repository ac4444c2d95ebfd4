import { describe, expect, it } from 'vitest';
import { ConnectLimits, placeOf, type Look, type NamedConnect } from './connect-limits.ts';

const limits = () =>
  new ConnectLimits({
    claimsPerAddressPerSecond: 3,
    refusalsPerAddressPerMinute: 2,
    checksPerAddressPerSecond: 3,
    checksPerNamePerSecond: 12,
    claimsPerNamePerSecond: 2,
    unansweredClaimsPerHour: 20,
    requestsPerTokenPerSecond: 1,
    devicesPerTenant: 0,
    devicesPerProduct: 0,
    namesPerProduct: 1,
    maxConnections: 1,
  });

const no = () => false;
const known = (name: string): NamedConnect => ({ name, isKnown: () => true });

/** An address that was refused too often; what it is told. */
function limited() {
  const of = limits();
  for (const port of [1, 2]) of.refused(`1.1.1.1:${port}`, 0);
  return { look: (named: NamedConnect, now = 0) => of.look('1.1.1.1:9', named, now) };
}

/** How many of so many CONNECTs are looked at. */
const looks = (
  look: (named: NamedConnect, now?: number) => Look,
  named: NamedConnect,
  times: number,
  now = 0,
): number =>
  Array.from({ length: times }, () => look(named, now)).filter((one) => one === 'strict').length;

describe('what one address and one name may ask for', () => {
  it('given an address was refused too often, then its proofs are looked at strictly until the minute is over', () => {
    const of = limits();
    of.refused('1.1.1.1:1', 0);
    expect(of.look('1.1.1.1:1', known('n'), 1)).toBe('open');
    of.refused('1.1.1.1:2', 1);
    expect(of.look('1.1.1.1:3', known('n'), 59_999)).toBe('strict');
    expect(of.look('2.2.2.2:3', known('n'), 59_999)).toBe('open');
    expect(of.look('1.1.1.1:3', known('n'), 60_000)).toBe('open');
  });

  it('given a limited address, then the proofs checked per second are bounded, for one name and for all names', () => {
    const { look } = limited();
    expect([looks(look, known('n'), 14), looks(look, known('m'), 14)]).toEqual([12, 11]);
    expect(looks(look, known('n'), 14, 1_000)).toBe(12);
  });

  it('given a limited address that sends names nobody has, then they are bounded, and known ones are looked at', () => {
    const { look } = limited();
    const random = Array.from({ length: 50 }, (_, i) => look({ name: `r${i}`, isKnown: no }));
    expect(random.filter((one) => one === 'strict')).toHaveLength(3);
    expect(looks(look, known('n'), 14)).toBe(12);
  });

  it('given a limited address whose checks are used up by some names, then each other name has ten of its own', () => {
    const { look } = limited();
    for (const name of ['a', 'b', 'c']) looks(look, known(name), 14);
    expect(looks(look, known('n'), 14)).toBe(10);
  });

  it('given refusals of one IPv6 network, then they count together whatever the address', () => {
    const of = limits();
    for (const host of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9']) of.refused(`[${host}]:1`, 0);
    expect(of.look('[2001:db8:1:2::77]:5', known('n'), 1)).toBe('strict');
    expect(of.look('[2001:db8:1:3::77]:5', known('n'), 1)).toBe('open');
  });

  it('claims are counted by the second, for a name and for an address', () => {
    const of = limits();
    const claim = (address: string, name: string) => of.takeClaim(`${address}:1`, name, 0);
    expect([claim('a', 'n'), claim('a', 'n'), claim('b', 'n')]).toEqual([true, true, false]);
    expect([claim('a', 'm'), claim('a', 'o')]).toEqual([true, false]);
    expect(of.takeClaim('a:1', 'n', 1_000)).toBe(true);
  });

  it('the address is what comes before the port', () => {
    expect(placeOf('10.0.0.1:5123')).toBe('10.0.0.1');
    expect(placeOf('[fe80::1]:5123')).toBe('fe80:0:0:0::/64');
  });
});
