import { describe, expect, it } from 'vitest';
import { encodeGatewayCopy, parseGatewayCopy } from './gateway-copy.ts';

const copy = { keyEpoch: 12, generation: 0, version: 3, sealed: 'ab+/Zw==' };

describe('the copy of a secret for the gateways', () => {
  it('reads as it was written', () => {
    expect(encodeGatewayCopy(copy)).toBe('12|0|3|ab+/Zw==');
    expect(parseGatewayCopy(encodeGatewayCopy(copy))).toEqual(copy);
  });

  it.each([
    ['nothing', ''],
    ['no secret', '12|0|3|'],
    ['one number less', '12|3|ab+/Zw=='],
    ['one number more', '12|0|3|4|ab+/Zw=='],
    ['what is no number', 'x|0|3|ab+/Zw=='],
    ['a number that is written otherwise', '012|0|3|ab+/Zw=='],
    ['a number that is too great', '1234567890123456|0|3|ab+/Zw=='],
    ['what is no base64', '12|0|3|ab-_Zw=='],
    ['base64 that was cut short', '12|0|3|ab+/Zw='],
    ['a line after it', '12|0|3|ab+/Zw==\n'],
  ])('is none with %s', (_, text) => {
    expect(parseGatewayCopy(text)).toBeNull();
  });
});
