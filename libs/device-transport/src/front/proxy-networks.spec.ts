import { describe, expect, it } from 'vitest';
import { proxiesOf, type ProxyNetwork } from './proxy-networks.ts';

const ipv4 = (address: string, prefix: number): ProxyNetwork => {
  return { family: 'ipv4', address, prefix };
};
const ipv6 = (address: string, prefix: number): ProxyNetwork => {
  return { family: 'ipv6', address, prefix };
};

describe('the networks of proxies', () => {
  it.each([
    [[ipv4('10.0.0.1', 32)], '10.0.0.1', true],
    [[ipv4('10.0.0.1', 32)], '10.0.0.2', false],
    [[ipv4('10.0.0.1', 32)], '::ffff:10.0.0.1', true],
    [[ipv4('10.0.0.0', 8)], '10.255.0.1', true],
    [[ipv4('10.0.0.0', 8)], '11.0.0.1', false],
    [[ipv4('0.0.0.0', 0)], '203.0.113.9', true],
    [[ipv4('0.0.0.0', 0)], '2001:db8::1', false],
    [[ipv6('2001:db8::', 32)], '2001:db8:1::1', true],
    [[ipv6('2001:db8::', 32)], '2001:db9::1', false],
    [[ipv4('10.0.0.1', 32), ipv6('::1', 128)], '::1', true],
    [[], '10.0.0.1', false],
    [[ipv4('10.0.0.1', 32)], 'no address', false],
  ])('%j: is %s one? %s', (networks, address, is) => {
    expect(proxiesOf(networks)(address)).toBe(is);
  });
});
