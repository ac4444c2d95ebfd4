import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientHello } from './client-hello.codec.ts';
import { readProxyHeader } from './proxy-header.codec.ts';
import { proxyV2 } from './testing/proxy-bytes.ts';

const HEADS = [
  Buffer.from(`160301002d01000029${'0303'}${'5a'.repeat(32)}000004008c00ff0100`, 'hex'),
  Buffer.from(`16030100050100002903${'16030100290303'}${'5a'.repeat(31)}0000040001008c0100`, 'hex'),
  Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 56324 1883\r\n'),
  Buffer.from('PROXY TCP6 2001:db8::9 ::1 56324 1883\r\n'),
  proxyV2(0x21, 0x11, Buffer.from('cb0071090a000001dc04075b0400021122', 'hex')),
  proxyV2(0x21, 0x21, Buffer.alloc(36, 1)),
];

/** A head with some bytes changed, cut out or put in, and anything behind it. */
const heads = fc
  .tuple(
    fc.constantFrom(...HEADS),
    fc.array(fc.tuple(fc.nat(60), fc.nat(2), fc.uint8Array({ maxLength: 3 })), { maxLength: 3 }),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([head, changes, behind]) => {
    const changed = changes.reduce<Uint8Array>(
      (bytes, [at, cut, put]) =>
        Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]),
      head,
    );
    return Buffer.concat([changed, behind]);
  });

describe.each([
  ['a ClientHello', readClientHello],
  ['a header of PROXY protocol', readProxyHeader],
])('the reader of %s', (_what, read) => {
  it('comes to the same verdict, wherever segments end', () => {
    fc.assert(
      fc.property(heads, fc.nat(120), (bytes, length) => {
        const early = read(bytes.subarray(0, length));
        if (early !== 'more') expect(read(bytes)).toEqual(early);
      }),
    );
  });

  it('never claims bytes that are not there', () => {
    fc.assert(
      fc.property(heads, (bytes) => {
        const verdict = read(bytes);
        if (typeof verdict === 'object' && 'used' in verdict)
          expect(verdict.used).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
