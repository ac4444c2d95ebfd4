import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePskIdentity, toPskKey } from './psk-identity.codec.ts';

const sign = (content: string): Uint8Array =>
  createHmac('sha256', 'secret').update(content).digest();

describe("Link SDK 4's TLS-PSK identity", () => {
  it('given vector A6, its key is the 64 characters', () => {
    const identity = parsePskIdentity('devicename|hmacsha256|pk&dn|2524608000000');
    expect(identity).toMatchObject({ productKey: 'pk', deviceKey: 'dn' });
    const key = toPskKey(sign(identity?.candidate.content ?? ''));
    expect(new TextDecoder().decode(key)).toBe(
      '7360FE36DB1840175D6CFF11118ADAF4ECF07CBE3D7D01FBE53DC0DC84FE27C3',
    );
  });

  it.each([
    'devicename|hmacsha256|pk&dn|',
    'devicename|hmacmd5|pk&dn|1',
    'devicename|hmacsha256|pk|1',
    'devicename|hmacsha256|p/k&dn|1',
    'devicename|hmacsha256|pk&dn|1|2',
    `devicename|hmacsha256|pk&${'d'.repeat(129)}|1`,
    'node01',
    '',
  ])('%j is none', (text) => {
    expect(parsePskIdentity(text)).toBeNull();
  });

  it('given any text, it does not throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(parsePskIdentity(text)).toBeNull();
      }),
    );
  });
});
