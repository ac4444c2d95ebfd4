import { expect, it } from 'vitest';
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
