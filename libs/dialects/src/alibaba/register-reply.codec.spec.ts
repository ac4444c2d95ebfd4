import { expect, it } from 'vitest';
import { toRegisterReply } from './register-reply.codec.ts';

it('the register reply is what LinkSDK reads: its topic, no blanks, the three fields', () => {
  const reply = toRegisterReply({ productKey: 'pk', deviceKey: 'dn', deviceSecret: 's' });
  expect(reply.topic).toBe('/ext/register');
  expect(new TextDecoder().decode(reply.payload)).toBe(
    '{"productKey":"pk","deviceName":"dn","deviceSecret":"s"}',
  );
});
