import type { DialectMessage } from '../messages/dialect-message.ts';

export const REGISTER_TOPIC = '/ext/register';

/**
 * The answer to `register`, pushed without a subscription right after CONNACK. As in
 * `toRegnwlReply`: no blanks.
 */
export function toRegisterReply(grant: {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceSecret: string;
}): DialectMessage {
  const payload = JSON.stringify({
    productKey: grant.productKey,
    deviceName: grant.deviceKey,
    deviceSecret: grant.deviceSecret,
  });
  return { topic: REGISTER_TOPIC, payload: new TextEncoder().encode(payload), qos: 0 };
}
