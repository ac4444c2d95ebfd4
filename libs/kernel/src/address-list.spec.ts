import { describe, expect, it } from 'vitest';
import { NO_ADDRESSES, parseAddressList } from './address-list.ts';

function listOf(text: string) {
  const parsed = parseAddressList(text);
  if (!parsed.ok) throw new Error(`${parsed.error} is no address`);
  return parsed.value;
}

describe('a list of addresses and networks', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.1', '::ffff:10.0.0.1', true],
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '[2001:db8:1::1]', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::1', '::1', true],
    [' 10.0.0.1 , ::1 ,', '::1', true],
    ['', '10.0.0.1', false],
    ['10.0.0.1', 'no address', false],
  ])('%j: is %s in it? %s', (text, address, included) => {
    expect(listOf(text).includes(address)).toBe(included);
  });

  it.each(['10.0.0', '10.0.0.0/33', '::/129', 'proxy.example', '10.0.0.1/', '10.0.0.1/8/9', '/8'])(
    'with %j in it is refused, by that name',
    (entry) => {
      expect(parseAddressList(`10.0.0.1,${entry}`)).toEqual({ ok: false, error: entry });
    },
  );

  it('of nobody includes nobody', () => {
    expect(NO_ADDRESSES.includes('127.0.0.1')).toBe(false);
  });
});
