import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hmac } from './hmac.ts';

const secrets = [0, 1, 22, 63, 64, 65, 200].map((length) => Buffer.alloc(length, 'sé'));
const contents = ['', 'deviceNamednproductKeypk', 'ü€😀', 'x'.repeat(4_096), 'ü'.repeat(3_000)];

describe.each(['md5', 'sha1', 'sha256'] as const)('HMAC-%s by two hashes', (algorithm) => {
  it.each(secrets)('with a secret of %# is what node:crypto makes', (secret) => {
    for (const content of contents) {
      const expected = createHmac(algorithm, secret).update(content).digest('hex');
      expect(hmac(algorithm, secret, content).toString('hex')).toBe(expected);
    }
  });

  it('gives the test case 2 of RFC 2202 and RFC 4231', () => {
    const expected = {
      md5: '750c783e6ab0b503eaa86e310a5db738',
      sha1: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
      sha256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    };
    const made = hmac(algorithm, Buffer.from('Jefe'), 'what do ya want for nothing?');
    expect(made.toString('hex')).toBe(expected[algorithm]);
  });
});
