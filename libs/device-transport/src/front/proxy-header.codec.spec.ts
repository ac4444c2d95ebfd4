import { describe, expect, it } from 'vitest';
import { readProxyHeader } from './proxy-header.codec.ts';
import { proxyV2 } from './testing/proxy-bytes.ts';

const v1 = (line: string): Buffer => Buffer.from(`${line}\r\n`, 'latin1');

describe('a header of PROXY protocol, version 1', () => {
  it.each([
    ['PROXY TCP4 203.0.113.9 10.0.0.1 56324 1883', '203.0.113.9', 56_324],
    ['PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535', '255.255.255.255', 65_535],
    ['PROXY TCP6 2001:DB8:0:0::9 ::1 56324 1883', '[2001:db8::9]', 56_324],
    ['PROXY TCP6 ::ffff:203.0.113.9 ::1 56324 1883', '203.0.113.9', 56_324],
  ])('%j tells of the client', (line, address, port) => {
    const used = line.length + 2;
    const bytes = Buffer.concat([v1(line), Buffer.from('\x10\r\n')]);
    expect(readProxyHeader(bytes)).toEqual({ used, client: { address, port } });
  });

  it.each(['PROXY UNKNOWN', 'PROXY UNKNOWN ffff::1 ffff::2 65535 65535'])(
    '%j leaves the address of the socket',
    (line) => {
      expect(readProxyHeader(v1(line))).toEqual({ used: line.length + 2, client: null });
    },
  );

  it('that is as long as one may be, is read', () => {
    const line = `PROXY UNKNOWN ${'f'.repeat(91)}`;
    expect(readProxyHeader(v1(line))).toEqual({ used: 107, client: null });
  });

  it('is asked for more at each byte', () => {
    const bytes = v1('PROXY TCP4 203.0.113.9 10.0.0.1 56324 1883');
    for (let length = 0; length < bytes.length; length += 1)
      expect(readProxyHeader(bytes.subarray(0, length))).toBe('more');
  });

  it.each([
    'PROXY TCP4 2001:db8::9 ::1 56324 1883',
    'PROXY TCP6 203.0.113.9 10.0.0.1 56324 1883',
    'PROXY TCP4 203.0.113.9 10.0.0.1 65536 1883',
    'PROXY TCP4 203.0.113.9 10.0.0.1 56324 65536',
    'PROXY TCP4 203.0.113.9 10.0.0.1 -1 1883',
    'PROXY TCP4 203.0.113.256 10.0.0.1 1 1883',
    'PROXY TCP4 203.0.113.9 10.0.0.1 1',
    'PROXY TCP4  203.0.113.9 10.0.0.1 1 2',
    'PROXY UDP4 203.0.113.9 10.0.0.1 1 2',
    'PROXY UNKNOWNS',
    'proxy TCP4 203.0.113.9 10.0.0.1 1 2',
    'CONNECT x',
    `PROXY UNKNOWN ${'f'.repeat(92)}`,
  ])('%j is malformed', (line) => {
    expect(readProxyHeader(v1(line))).toBe('malformed');
  });

  it('without an end is malformed at 107 bytes', () => {
    const bytes = Buffer.from('PROXY '.padEnd(107, 'x'));
    expect(readProxyHeader(bytes.subarray(0, 106))).toBe('more');
    expect(readProxyHeader(bytes)).toBe('malformed');
  });
});

describe('a header of PROXY protocol, version 2', () => {
  const ipv4 = Buffer.from('cb0071090a000001dc04075b', 'hex');
  const ipv6 = Buffer.from(`20010db8${'0'.repeat(22)}09${'0'.repeat(31)}1dc04075b`, 'hex');
  const mapped = Buffer.from(`${'0'.repeat(20)}ffffcb007109${'0'.repeat(31)}1dc04075b`, 'hex');

  it.each([
    ['IPv4', 0x11, ipv4, '203.0.113.9'],
    ['IPv6', 0x21, ipv6, '[2001:db8::9]'],
    ['IPv4 in IPv6', 0x21, mapped, '203.0.113.9'],
  ])('of %s tells of the client, and its TLVs are skipped', (_what, family, block, address) => {
    const tlvs = Buffer.from('0400050000000000', 'hex');
    const bytes = proxyV2(0x21, family, Buffer.concat([block, tlvs]));
    const used = 16 + block.length + tlvs.length;
    expect(bytes).toHaveLength(used);
    const client = { address, port: 56_324 };
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.of(0x10)]))).toEqual({ used, client });
  });

  it.each([
    ['LOCAL, whatever stands in it', 0x20, 0x11, ipv4],
    ['LOCAL and empty', 0x20, 0x00, Buffer.alloc(0)],
    ['PROXY of an unspecified family', 0x21, 0x00, Buffer.alloc(3)],
    ['PROXY of a UNIX socket', 0x21, 0x31, Buffer.alloc(216)],
  ])('%s leaves the address of the socket', (_what, command, family, block) => {
    const used = 16 + block.length;
    expect(readProxyHeader(proxyV2(command, family, block))).toEqual({ used, client: null });
  });

  it('is asked for more at each byte', () => {
    const bytes = proxyV2(0x21, 0x11, ipv4);
    for (let length = 0; length < bytes.length; length += 1)
      expect(readProxyHeader(bytes.subarray(0, length))).toBe('more');
  });

  it.each([
    ['of version 3', proxyV2(0x31, 0x11, ipv4)],
    ['of an unknown command', proxyV2(0x22, 0x11, ipv4)],
    ['of datagrams', proxyV2(0x21, 0x12, ipv4)],
    ['of an unknown family', proxyV2(0x21, 0x41, ipv4)],
    ['with half an IPv4 address', proxyV2(0x21, 0x11, ipv4.subarray(0, 11))],
    ['with half an IPv6 address', proxyV2(0x21, 0x21, ipv6.subarray(0, 35))],
    ['over 16 KiB', proxyV2(0x21, 0x11, Buffer.alloc(16_369))],
    ['with another signature', Buffer.from('\r\n\r\n\0\r\nQUIT\r')],
  ])('%s is malformed', (_what, bytes) => {
    expect(readProxyHeader(bytes)).toBe('malformed');
  });
});
