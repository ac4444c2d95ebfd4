import { parseJsonObject } from '../messages/parse-json-object.ts';
import type { DialectMessage } from '../messages/dialect-message.ts';

interface Name {
  readonly productKey: string;
  readonly deviceKey: string;
}

export const enosActivationRoot = ({ productKey, deviceKey }: Name): string =>
  `/ext/session/${productKey}/${deviceKey}/thing/activate/`;

/**
 * The device's secret, pushed after CONNACK without a subscription, and after every SUBACK that
 * covers its topic. EnOS's asset id is the device's id.
 */
export function toEnosActivation(
  grant: Name & { readonly deviceId: string; readonly deviceSecret: string },
): DialectMessage {
  const { productKey, deviceKey, deviceSecret } = grant;
  const payload = JSON.stringify({
    id: '1',
    version: '1.0',
    method: 'thing.activate.info',
    params: { assetId: grant.deviceId, productKey, deviceKey, deviceSecret },
  });
  return {
    topic: `${enosActivationRoot(grant)}info`,
    payload: new TextEncoder().encode(payload),
    qos: 0,
  };
}

/**
 * Whether a message of the device says that it has its secret: `info_reply` with code 200. The
 * SDKs' `data` is `{}` or null, the message is free text, and the id is that of the push.
 */
export function isEnosActivated(name: Name, topic: string, payload: Uint8Array): boolean {
  if (topic !== `${enosActivationRoot(name)}info_reply`) return false;
  const code = parseJsonObject(payload)?.get('code');
  return code === 200 || code === '200';
}
