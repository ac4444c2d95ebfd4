import { describe, expect, it } from 'vitest';
import { encodeGatewayCopy, parseGatewayCopy } from './distribution.ts';

const key = '12.00112233aabbccdd';
const copy = { keyName: key, generation: 0, version: 3, sealed: 'ab+/Zw==' };

describe('the copy of a secret for the gateways', () => {
  it('reads as it was written', () => {
    expect(encodeGatewayCopy(copy)).toBe(`${key}|0|3|ab+/Zw==`);
    expect(parseGatewayCopy(encodeGatewayCopy(copy))).toEqual(copy);
  });

  it.each([
    ['nothing', ''],
    ['no secret', `${key}|0|3|`],
    ['one number less', `${key}|3|ab+/Zw==`],
    ['one number more', `${key}|0|3|4|ab+/Zw==`],
    ['a key without a name', '12|0|3|ab+/Zw=='],
    ['a number that is written otherwise', `${key}|00|3|ab+/Zw==`],
    ['a number that is too great', `${key}|1234567890123456|3|ab+/Zw==`],
    ['what is no base64', `${key}|0|3|ab-_Zw==`],
    ['base64 that was cut short', `${key}|0|3|ab+/Zw=`],
    ['a line after it', `${key}|0|3|ab+/Zw==\n`],
  ])('is none with %s', (_, text) => {
    expect(parseGatewayCopy(text)).toBeNull();
  });
});
