import { expect, it } from 'vitest';
import { isAlibabaKeepAlive } from './alibaba-keep-alive.ts';
import { toRegnwlReply } from './regnwl-reply.codec.ts';

it('the regnwl reply is what LinkSDK reads: its topic, no blanks, the four fields', () => {
  const reply = toRegnwlReply({
    productKey: 'pk',
    deviceKey: 'dn',
    clientId: 'CID',
    deviceToken: 'T',
  });
  expect(reply.topic).toBe('/ext/regnwl');
  expect(new TextDecoder().decode(reply.payload)).toBe(
    '{"productKey":"pk","deviceName":"dn","clientId":"CID","deviceToken":"T"}',
  );
});

it.each([
  [30, true],
  [60, true],
  [1_200, true],
  [29, false],
  [1_201, false],
  [0, false],
])('a keep-alive of %i s is in range: %s', (seconds, inRange) => {
  expect(isAlibabaKeepAlive(seconds)).toBe(inRange);
});
