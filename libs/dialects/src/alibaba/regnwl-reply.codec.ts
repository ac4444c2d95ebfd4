import type { DialectMessage } from '../messages/dialect-message.ts';

export interface UnitGrant {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly clientId: string;
  readonly deviceToken: string;
}

export const REGNWL_TOPIC = '/ext/regnwl';

/**
 * Pushed without a subscription right after CONNACK. The SDKs match the topic by name, and old ones
 * allow no blanks in the JSON.
 */
export function toRegnwlReply(grant: UnitGrant): DialectMessage {
  const payload = JSON.stringify({
    productKey: grant.productKey,
    deviceName: grant.deviceKey,
    clientId: grant.clientId,
    deviceToken: grant.deviceToken,
  });
  return { topic: REGNWL_TOPIC, payload: new TextEncoder().encode(payload), qos: 0 };
}
